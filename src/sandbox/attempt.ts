/** What the function returns, or undefined where it throws: a file that is not there, a process that has ended, a text that is no JSON. */
export function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
