// What a real docker knows and this one does not: refused by name, not called unknown.

const COMMANDS = new Set(
  `attach build builder buildx checkpoint commit compose config container context cp create diff exec export history
  image import inspect kill login logout logs manifest network pause plugin port pull push rename restart rm rmi run
  search secret stack start stats stop tag top trust unpause update volume wait`.split(/\s+/),
);

const SUBCOMMANDS: Record<string, string[]> = {
  swarm: ['ca'],
  service: ['logs', 'rollback'],
  system: ['df', 'prune'],
  image: ['build', 'history', 'import', 'inspect', 'prune', 'pull', 'push', 'rm', 'tag'],
  container: [...COMMANDS, 'prune'],
};

/** Whether docker has a command of this name. */
export function isRealCommand(path: string): boolean {
  const [first = '', second] = path.split(' ');
  return second === undefined ? COMMANDS.has(first) : (SUBCOMMANDS[first]?.includes(second) ?? false);
}
