// What `belt cp` is told to copy: SERVICE[.SLOT]:PATH, NODE/CONTAINER:PATH, a path here, or `-`. Pure.
import { UsageError } from '../../errors.ts';
import { readTaskWord, type TaskWord } from '../../tasks/word.ts';

export interface TaskPlace {
  kind: 'task';
  word: TaskWord;
  /** As it was given: relative ones begin at / there. */
  path: string;
}

export type CpWord = TaskPlace | { kind: 'here'; path: string } | { kind: 'stream' };

/**
 * Reads one. As docker cp has it, what begins with `/` or `.` is a path here, and so is what has no colon; `-` is a tar from stdin
 * or to stdout.
 * @throws UsageError
 */
export function readCpWord(word: string, platform: NodeJS.Platform): CpWord {
  if (word === '') throw new UsageError('a path cannot be empty');
  if (word === '-') return { kind: 'stream' };
  const colon = colonOf(word);
  if (/^[./]/.test(word) || colon < 0 || isWindowsPath(word, platform)) return { kind: 'here', path: word };
  const path = word.slice(colon + 1);
  if (path === '') throw new UsageError(`${JSON.stringify(word)} names no path`, { hint: `such as: ${word}/tmp/` });
  return { kind: 'task', word: taskOf(word, colon), path };
}

const isWindowsPath = (word: string, platform: NodeJS.Platform): boolean =>
  platform === 'win32' && /^([A-Za-z]:[\\/]|\\)/.test(word);

/** The first outside of the brackets of a pattern. */
function colonOf(word: string): number {
  let depth = 0;
  for (let at = 0; at < word.length; at++) {
    const char = word[at]!;
    if ('[{'.includes(char)) depth++;
    else if (']}'.includes(char)) depth--;
    else if (char === ':' && depth <= 0) return at;
  }
  return -1;
}

function taskOf(word: string, colon: number): TaskWord {
  try {
    return readTaskWord(word.slice(0, colon));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(error.message, { hint: `${error.hint}; a file here with a colon in its name is ./${word}` });
  }
}
