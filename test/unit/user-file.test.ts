import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { readTypedFile, readUserFile } from '../../src/user-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-user-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const MOST = 1024 * 1024;

test('a file, also behind a link, up to 1 MiB', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, 'é'.repeat(MOST / 2), { mode: 0o640 });
  symlinkSync(file, link);
  const { text, stats } = readUserFile(link);
  expect(text).toBe('é'.repeat(MOST / 2));
  expect(stats.mode & 0o777).toBe(0o640);
  writeFileSync(file, 'x'.repeat(MOST + 1));
  expect(() => readUserFile(file)).toThrow('it is larger than 1 MiB');
});

test.runIf(process.platform === 'linux')('a file whose size says 0', () => {
  expect(readUserFile('/proc/self/status').text).toContain('Pid:');
});

test.each(['/dev/zero', '/dev/null', '/dev/tty'])('%s is not read', (path) => {
  expect(() => readUserFile(path)).toThrow('it is not a regular file');
});

test('a pipe that nobody writes to', () => {
  const pipe = join(folder, 'pipe');
  spawnSync('mkfifo', [pipe]);
  expect(() => readUserFile(pipe)).toThrow('it is not a regular file');
});

test('a folder, and what is not there', () => {
  expect(() => readUserFile(folder)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  expect(() => readUserFile(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test.skipIf(process.platform === 'win32')(
  'a typed pipe is read to its end, also where its writer comes later',
  async () => {
    const pipe = join(folder, 'late');
    spawnSync('mkfifo', [pipe]);
    const reading = readTypedFile(pipe, { clock: systemClock, signal: new AbortController().signal });
    execFile('sh', ['-c', `{ echo one; sleep 0.1; echo two; } > ${pipe}`]);
    expect((await reading).text).toBe('one\ntwo\n');
  },
);

test.skipIf(process.platform === 'win32')('waiting for the writer of a pipe ends with the signal', async () => {
  const pipe = join(folder, 'left');
  spawnSync('mkfifo', [pipe]);
  const reading = readTypedFile(pipe, { clock: systemClock, signal: AbortSignal.abort(new Error('interrupted')) });
  await expect(reading).rejects.toThrow('interrupted');
});
