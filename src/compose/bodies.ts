// What the Engine API's bodies are put together with: only what is set, and lists in an order of their own.

/** What is set of these; undefined where nothing is. */
export function given<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T | undefined {
  const found = some(values);
  return Object.keys(found).length === 0 ? undefined : (found as T);
}

/** The same, where nothing is an empty object. */
export function some<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

/** Compares by a text, character by character: the order in which Docker's tools send lists, so that a list in another is no change. */
export const by =
  <T>(textOf: (item: T) => string) =>
  (a: T, b: T): number => {
    const [first, second] = [textOf(a), textOf(b)];
    return first < second ? -1 : Number(first > second);
  };
