import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/config/node-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'belt-settings-'));
const file = join(folder, '.belt.yaml');
writeFileSync(file, 'digitalocean: {}\n');
afterAll(() => rmSync(folder, { recursive: true }));

const named = (path: string, signal?: AbortSignal) => nodeFiles.named(path, { signal });

test('the text and the permission bits of a file', async () => {
  chmodSync(file, 0o640);
  const whole = { text: 'digitalocean: {}\n', mode: 0o640, regular: true };
  expect(nodeFiles.found(file, { home: false })).toEqual(whole);
  expect(await named(file)).toEqual(whole);
});

test('no file is undefined; anything else throws', async () => {
  for (const path of [join(folder, 'none'), join(file, 'below-a-file')]) {
    expect(nodeFiles.found(path, { home: false })).toBeUndefined();
    expect(await named(path)).toBeUndefined();
  }
  expect(() => nodeFiles.found(folder, { home: false })).toThrow('it is a folder');
  await expect(named(folder)).rejects.toThrow('EISDIR');
});

test.skipIf(process.platform === 'win32')('a pipe is read to its end, however slowly it is written', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const writer = openSync(pipe, 'r+');
  writeSync(writer, 'a');
  const reading = named(pipe);
  writeSync(writer, 'b'.repeat(30_000));
  const early = await Promise.race([reading, new Promise((done) => setTimeout(() => done('still open'), 50))]);
  expect(early).toBe('still open');
  writeSync(writer, 'c');
  closeSync(writer);
  expect(await reading).toEqual({ text: `a${'b'.repeat(30_000)}c`, mode: 0o600, regular: false });
});

test.skipIf(process.platform !== 'linux')(
  'what never ends is refused, and what nobody writes to can be left',
  async () => {
    expect(await named('/dev/zero')).toEqual({ refused: 'is larger than 1 MiB' });
    expect(await named('/dev/null')).toEqual({ text: '', mode: 0o600, regular: false });
    const silent = join(folder, 'silent');
    execFileSync('mkfifo', [silent]);
    const writer = openSync(silent, 'r+');
    const stop = new AbortController();
    const reading = named(silent, stop.signal);
    stop.abort(new Error('interrupted'));
    await expect(reading).rejects.toThrow('interrupted');
    closeSync(writer);
  },
);

test('a file of more than 1 MiB is refused, found or named', async () => {
  const large = join(folder, 'large');
  writeFileSync(large, Buffer.alloc(1024 * 1024 + 1));
  expect(await named(large)).toEqual({ refused: 'is larger than 1 MiB' });
  expect(nodeFiles.found(large, { home: false })).toEqual({ refused: 'is larger than 1 MiB' });
});

test.skipIf(process.platform === 'win32')('a pipe that nobody writes to says so', async () => {
  const pipe = join(folder, 'lonely');
  execFileSync('mkfifo', [pipe]);
  expect(await named(pipe)).toEqual({ refused: 'is a pipe to which nothing was written' });
});
