import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { holdSshPort } from '../../../src/sandbox/ports.ts';

it("a sandbox's port is its own as long as it lives: no other is given it", async () => {
  const port = await holdSshPort();
  const other = createServer();
  const taken = await new Promise<string | undefined>((resolve) => {
    other.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    other.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  other.close();
  expect(taken).toBe('EADDRINUSE');
});
