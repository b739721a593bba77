// Servers that end with the test that asked for them.
import { onTestFinished } from 'vitest';
import { type Sshd, type SshdOptions, sshd } from './with-sshd.ts';

/** Runs `end` after this test, the last that was asked for first. A hook of this module would be the first file's that loads it. */
export const atEnd = (end: () => unknown): void => onTestFinished(async () => void (await end()));

export async function serve(options: SshdOptions = {}): Promise<Sshd> {
  const server = await sshd(options);
  atEnd(() => server.close());
  return server;
}
