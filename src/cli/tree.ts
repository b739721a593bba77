// Commands by their words, as a tree: `swarm` stands above `swarm init`.

/** The words that may follow these, in the order of the commands. */
export function wordsBelow(commands: readonly string[], names: readonly string[]): string[] {
  const prefix = names.map((name) => `${name} `).join('');
  const next = commands.flatMap((words) =>
    words.startsWith(prefix) ? [words.slice(prefix.length).split(' ')[0]!] : [],
  );
  return [...new Set(next), ...(names.length === 0 ? ['help'] : [])];
}
