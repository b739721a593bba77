// A secret from stdin, or asked for on a terminal: never from an argument.
import { UsageError } from '../errors.ts';
import type { PromptStreams } from './prompt.ts';

/** Where it comes from. */
export interface SecretStreams extends PromptStreams {
  stdinIsTerminal: boolean;
  /** Somebody can be asked. */
  interactive: boolean;
}

export interface Wanted {
  /** What it is called: `password`. */
  what: string;
  /** What is asked on a terminal. */
  question: string;
  /** The command that reads it from a file. */
  hint: string;
  /** Far more than any has; of more than that it does not read all. */
  mostBytes: number;
}

/** As it was given, line breaks included. @throws UsageError where there is nobody to ask */
export async function givenSecret(
  streams: SecretStreams,
  { what, question, hint, mostBytes }: Wanted,
): Promise<string> {
  if (streams.stdinIsTerminal) {
    if (!streams.interactive) throw new UsageError(`there is no terminal to ask for the ${what} on`, { hint });
    const { askSecret } = await import('./prompt.ts');
    return askSecret(streams, question);
  }
  // Decoded at the end: a character may stand in two pieces.
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of streams.stdin) {
    const bytes = Buffer.from(piece as Buffer | string);
    pieces.push(bytes);
    length += bytes.length;
    if (length > mostBytes) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}
