// The options that every command takes, before it or after it.
import type { GlobalOptions } from '../context.ts';

interface GlobalOption {
  /** As commander writes them. */
  flags: string;
  summary: string;
  /** Before the command only: after `docker` they would be docker's. */
  first?: true;
}

export const GLOBALS: readonly GlobalOption[] = [
  { flags: '--host <pattern>', summary: 'nodes for `belt docker`: a name, range, glob or @selector', first: true },
  { flags: '--node-files', summary: 'file names after `belt docker` refer to the node', first: true },
  { flags: '--config <file>', summary: 'use this file instead of the .belt.yaml that is found' },
  { flags: '--account <name>', summary: 'use the token of this account (see: belt help auth)' },
  { flags: '--keep <time>', summary: 'keep SSH connections this long for the next command, such as 10m' },
  { flags: '--no-keep', summary: 'use no connection that is kept' },
  { flags: '--json', summary: 'results and errors as JSON' },
  { flags: '-q, --quiet', summary: 'no notes; names only in lists' },
  { flags: '--trace', summary: 'print each API request and SSH command, with its duration' },
  { flags: '--debug', summary: 'print where an error comes from' },
  { flags: '--no-color', summary: 'no colour' },
];

/** The options that were given at each level, from `belt` to the command, as one. */
export function globalOptions(levels: readonly GlobalOptions[]): GlobalOptions {
  return { ...Object.assign({}, ...levels), color: levels.every(({ color }) => color !== false) };
}

const FLAGS = GLOBALS.flatMap(({ flags }) => {
  const [names = '', value] = flags.split(/ (?=<)/);
  return names.split(', ').map((name) => [name, value !== undefined] as const);
});

/** Those of them before the command that are for some commands alone. */
export const givenFirst = (given: GlobalOptions): string[] =>
  GLOBALS.filter(({ first }) => first)
    .map(({ flags }) => flags.split(' ')[0]!)
    .filter((name) => given[FIRST_KEYS[name]!] !== undefined);

const FIRST_KEYS: Readonly<Record<string, keyof GlobalOptions>> = { '--host': 'host', '--node-files': 'nodeFiles' };

/** Whether the word is a global option, and whether its value is the next word. */
export function readGlobal(word: string): { takesNext: boolean } | undefined {
  const [, takesValue] =
    FLAGS.find(([name]) => name === word || (name.startsWith('--') && word.startsWith(`${name}=`))) ?? [];
  return takesValue === undefined ? undefined : { takesNext: takesValue && !word.includes('=') };
}

/** How the words want to be answered, errors included, also where they cannot be parsed. */
export function wishesOf(words: readonly string[]): Pick<GlobalOptions, 'json' | 'debug' | 'color'> {
  const own = ownWords(words);
  return { json: own.includes('--json'), debug: own.includes('--debug'), color: !own.includes('--no-color') };
}

/** Commands whose words are another program's. */
const PASS_THROUGH: readonly (string | undefined)[] = ['docker', 'ssh', '--'];

/** What follows one of them is not belt's. */
function ownWords(words: readonly string[]): readonly string[] {
  for (let at = 0; at < words.length; at += readGlobal(words[at]!)?.takesNext ? 2 : 1) {
    if (PASS_THROUGH.includes(words[at])) return words.slice(0, at);
  }
  return words;
}
