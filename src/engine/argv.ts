// What the user types after `docker`, as one command for the remote shell: byte for byte (design rule 7).
import { quoteArgv } from '../quote.ts';

/** `docker` and the user's words, quoted for a POSIX shell. */
export const dockerCommand = (words: readonly string[]): string => quoteArgv(['docker', ...words]);
