// Reads the words of `belt ssh` as ssh(1) reads its own: options before and after the destination, then a command.
import { UsageError } from '../../errors.ts';

export interface SshOption {
  letter: string;
  value?: string;
}

export interface SshWords {
  options: SshOption[];
  /** `node` or `user@node`; undefined when there is none. */
  destination: string | undefined;
  command: string[];
}

/** ssh(1), SYNOPSIS; the same from OpenSSH 7 on. */
const ALONE = '46AaCfGgKkMNnqsTtVvXxYy';
const WITH_VALUE = 'BbcDEeFIiJLlmOoPpQRSWw';

/** @throws UsageError for what is no option of ssh's, or lacks its value */
export function readSshWords(words: readonly string[]): SshWords {
  const options: SshOption[] = [];
  const left = [...words];
  let destination: string | undefined;
  let isOver = false;
  while (left.length > 0 && !isOver) {
    const word = left[0]!;
    if (word === '--') {
      isOver = true;
      left.shift();
    } else if (word.startsWith('-') && word !== '-') {
      left.shift();
      options.push(...cluster(word, left));
    } else if (destination === undefined) {
      destination = left.shift();
    } else break;
  }
  destination ??= left.shift();
  return { options, destination, command: left };
}

/** The options in one word, as in `-NL8080:localhost:80`; a value that is not in it is taken from the words that follow. */
function cluster(word: string, following: string[]): SshOption[] {
  if (word.startsWith('--')) {
    throw new UsageError(`unknown option '${word}'`, {
      hint: 'belt’s own options stand before ssh: belt --trace ssh node1 (see: belt help ssh)',
    });
  }
  const found: SshOption[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (ALONE.includes(letter)) {
      found.push({ letter });
      continue;
    }
    if (!WITH_VALUE.includes(letter)) throw new UsageError(`ssh has no option -${letter}`, { hint: 'see: man ssh' });
    const value = word.slice(at + 1) || following.shift();
    if (value === undefined) throw new UsageError(`-${letter} needs a value after it`, { hint: 'see: man ssh' });
    return [...found, { letter, value }];
  }
  return found;
}
