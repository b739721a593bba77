// A program that is started here, with belt's own streams.
import { type ChildProcess, spawn } from 'node:child_process';

export type Launch = (
  command: string,
  words: readonly string[],
  options: { env: Readonly<Record<string, string | undefined>>; cwd: string },
) => ChildProcess;

/**
 * It has belt's stdin, stdout and stderr. The last two have been opened by belt before (main.ts): if that happened while it runs,
 * Node would make pipes that it shares non-blocking, and a program that does not expect this loses what it writes.
 */
export const launch: Launch = (command, words, options) => spawn(command, words, { ...options, stdio: 'inherit' });
