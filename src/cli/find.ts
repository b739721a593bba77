// Which command the words name, before any command's file is loaded.
import { COMMANDS } from '../commands/index.ts';
import { UsageError } from '../errors.ts';
import { readGlobal } from './globals.ts';
import { wordsBelow } from './tree.ts';

/** What the words begin with: the words of a command, of a group, or none. */
export interface Named {
  names: string[];
  /** How many of the words were read: global options may stand between. */
  read: number;
}

/** The words that may follow these, in the order of the help. */
export const below = (names: readonly string[]): string[] => wordsBelow(Object.keys(COMMANDS), names);

export const isCommand = (names: readonly string[]): boolean => Object.hasOwn(COMMANDS, names.join(' '));

/** The command or the group that the words begin with. @throws UsageError for a word that names none */
export async function find(words: readonly string[]): Promise<Named> {
  const names: string[] = [];
  let at = 0;
  while (at < words.length && !isCommand(names)) {
    const word = words[at]!;
    if (word.startsWith('-')) {
      const global = readGlobal(word);
      // What is no option of belt's is for the parser to refuse.
      if (!global) break;
      at += global.takesNext ? 2 : 1;
      continue;
    }
    if (!below(names).includes(word)) throw await unknown(names, word);
    names.push(word);
    at += 1;
    if (word === 'help' && names.length === 1) break;
  }
  return { names, read: Math.min(at, words.length) };
}

/** The error for a word that no command has. */
async function unknown(names: readonly string[], word: string): Promise<UsageError> {
  const { instead } = await import('./synonyms.ts');
  const meant = instead([...names, word]);
  if (meant !== undefined) return new UsageError(`unknown command '${[...names, word].join(' ')}'`, { hint: meant });
  const { nearest } = await import('../patterns/index.ts');
  const near = nearest(word, below(names));
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `see: ${['belt help', ...names].join(' ')}`;
  // All commands there are would be a page.
  const lines = names.length === 0 ? [] : await (await import('./help.ts')).groupLines(names);
  return new UsageError(`unknown command '${[...names, word].join(' ')}'`, { lines, hint });
}
