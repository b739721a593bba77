// Servers that end with the test that asked for them.
import { afterEach, beforeEach } from 'vitest';
import { type Sshd, type SshdOptions, sshd } from './with-sshd.ts';

let ends: (() => unknown)[] = [];
beforeEach(() => {
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

/** Runs `end` after this test. */
export const atEnd = (end: () => unknown): void => {
  ends.push(end);
};

export async function serve(options: SshdOptions = {}): Promise<Sshd> {
  const server = await sshd(options);
  atEnd(() => server.close());
  return server;
}
