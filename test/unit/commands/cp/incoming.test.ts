// Tars from containers, hostile ones among them: what is made of them here, and what is not.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Copy } from '../../../../src/commands/cp/copy.ts';
import { Incoming } from '../../../../src/commands/cp/incoming.ts';

type Item = Partial<Header> & { name: string; content?: string | Buffer };

/** The bytes of a tar of them. */
async function tarOf(items: readonly Item[]): Promise<Buffer> {
  const made = pack({ highWaterMark: 64 * 1024 * 1024 });
  for (const { content, ...header } of items) {
    if (header.type === undefined || header.type === 'file') made.entry({ mode: 0o644, ...header }, content ?? '');
    else made.entry({ mode: 0o755, ...header });
  }
  made.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of made as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

let root: string;
let to: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-cp-'));
  to = join(root, 'to');
  mkdirSync(to);
  writeFileSync(join(root, 'secret'), 'mine');
});
afterEach(() => rmSync(root, { recursive: true }));

interface Unpacked {
  error: string | undefined;
  problems: string[];
  files: number;
}

async function unpackBytes(
  bytes: Buffer,
  { base = 'd', name = 'd' as string | undefined, length = 777 } = {},
): Promise<Unpacked> {
  const copy = new Copy(
    { clock: undefined as never, signal: new AbortController().signal },
    { name: 'web.1' } as never,
    undefined,
  );
  const incoming = new Incoming(copy, { placement: { folder: to, name }, base, keepOwners: false });
  const error = await incoming.unpack(inPieces(bytes, length)).then(
    () => undefined,
    (thrown: Error) => thrown.message.replaceAll(root, ''),
  );
  return { error, problems: copy.problems, files: copy.files };
}

const unpack = async (items: readonly Item[], how = {}) => unpackBytes(await tarOf(items), how);
const inFolder = () => readdirSync(to, { recursive: true }).map(String).toSorted();
const untouched = () => {
  expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('mine');
  expect(readdirSync(root).toSorted()).toEqual(['secret', 'to']);
};
const D: Item = { name: 'd/', type: 'directory', mode: 0o750, mtime: new Date(1_500_000_000_000) };

describe('what is made', () => {
  it('files, folders and links, with modes and times, whatever the pieces', async () => {
    const items: Item[] = [
      D,
      { name: 'd/日本', content: 'x', mode: 0o4640, mtime: new Date(1_400_000_000_000) },
      { name: 'd/l', type: 'symlink', linkname: '../../x' },
      { name: `d/${'long'.repeat(40)}`, content: 'long' },
      { name: 'd/h', type: 'link', linkname: 'd/日本' },
    ];
    const bytes = await tarOf(items);
    for (const length of [1, 511, 512, 513, 100_000]) {
      rmSync(join(to, 'd'), { recursive: true, force: true });
      expect(await unpackBytes(bytes, { length })).toEqual({ error: undefined, problems: [], files: 3 });
    }
    expect(inFolder()).toEqual(['d', 'd/h', 'd/l', `d/${'long'.repeat(40)}`, 'd/日本']);
    const file = statSync(join(to, 'd/日本'));
    expect([file.mode & 0o7777, file.mtimeMs, file.nlink]).toEqual([0o640, 1_400_000_000_000, 2]);
    const folder = statSync(join(to, 'd'));
    expect([folder.mode & 0o7777, folder.mtimeMs]).toEqual([0o750, 1_500_000_000_000]);
    expect(readlinkSync(join(to, 'd/l'))).toBe('../../x');
  });

  it('zeros become a hole', async () => {
    const content = Buffer.alloc(8 * 1024 * 1024);
    content.write('end', content.length - 3);
    await unpack([D, { name: 'd/sparse', content }], { length: 65_536 });
    expect(readFileSync(join(to, 'd/sparse')).equals(content)).toBe(true);
    expect(statSync(join(to, 'd/sparse')).blocks * 512).toBeLessThan(content.length / 4);
  });

  it('a folder that was there keeps its mode, and a file is replaced', async () => {
    mkdirSync(join(to, 'd'), { mode: 0o700 });
    writeFileSync(join(to, 'd/f'), 'old');
    await unpack([D, { name: 'd/f', content: 'new' }]);
    expect([statSync(join(to, 'd')).mode & 0o777, readFileSync(join(to, 'd/f'), 'utf8')]).toEqual([0o700, 'new']);
  });
});

describe('what is not', () => {
  it.each([
    [{ name: 'd/../../secret', content: 'x' }, 'its name leads out of its folder'],
    [{ name: 'd/a\u001bb', content: 'x' }, 'its name has control characters'],
    [{ name: 'd/a\nb', content: 'x' }, 'its name has control characters'],
    [{ name: 'd/null', type: 'character-device' as const }, 'it is a device'],
    [{ name: 'd/disk', type: 'block-device' as const }, 'it is a device'],
    [{ name: 'd/pipe', type: 'fifo' as const }, 'it is a pipe'],
    [{ name: 'd/h', type: 'link' as const, linkname: 'd/../../secret' }, 'a hard link to what was not copied'],
    [{ name: 'd/h', type: 'link' as const, linkname: 'd/none' }, 'a hard link to what was not copied'],
    [{ name: `d/${'n'.repeat(300)}`, content: 'x' }, 'its name is too long'],
  ])('%j is left out: %s', async (item: Item, why) => {
    const { error, problems } = await unpack([D, item, { name: 'd/after', content: 'x' }]);
    expect([error, problems]).toEqual([undefined, [`${item.name}: ${why}`]]);
    expect(inFolder()).toEqual(['d', 'd/after']);
    untouched();
  });

  it.each([
    ['another name', [{ name: 'other', content: 'x' }], 'its engine sent "other", which was not asked for'],
    ['a name from the root', [{ name: '/secret', content: 'x' }], 'its engine sent "/secret", which was not asked for'],
    [
      'through a link of its own',
      [D, { name: 'd/l', type: 'symlink', linkname: '../..' }, { name: 'd/l/secret', content: 'x' }],
      '/to/d/l: a link has this name here',
    ],
    [
      'a folder where it made a link',
      [D, { name: 'd/l', type: 'symlink', linkname: '../..' }, { name: 'd/l/', type: 'directory' }],
      '/to/d/l: a link has this name here',
    ],
    [
      'a link where it made a folder',
      [D, { name: 'd/s/', type: 'directory' }, { name: 'd/s', type: 'symlink', linkname: '../..' }],
      '/to/d/s: a folder has this name here',
    ],
    ['nothing', [], 'what its engine sent is empty'],
  ] as [string, Item[], string][])('%s ends it', async (_what, items, message) => {
    expect((await unpack(items)).error).toBe(message);
    untouched();
  });

  it('a hard link through a link leads nowhere', async () => {
    const items: Item[] = [
      D,
      { name: 'd/l', type: 'symlink', linkname: '../..' },
      { name: 'd/h', type: 'link', linkname: 'd/l/secret' },
    ];
    expect((await unpack(items)).problems).toEqual(['d/h: a hard link to what was not copied']);
    untouched();
  });

  it('a link that is there already is not written through', async () => {
    mkdirSync(join(to, 'd'));
    symlinkSync('../../secret', join(to, 'd/f'));
    symlinkSync('../..', join(to, 'd/up'));
    expect((await unpack([D, { name: 'd/f', content: 'x' }])).error).toBeUndefined();
    expect(lstatSync(join(to, 'd/f')).isFile()).toBe(true);
    expect((await unpack([D, { name: 'd/up/secret', content: 'x' }])).error).toBe(
      '/to/d/up: a link has this name here',
    );
    untouched();
  });

  it('an archive that is cut off leaves no half of a file, and is an error', async () => {
    const bytes = await tarOf([D, { name: 'd/a', content: 'whole' }, { name: 'd/b', content: 'x'.repeat(5000) }]);
    for (let end = 512; end < bytes.length - 1; end += 511) {
      rmSync(join(to, 'd'), { recursive: true, force: true });
      expect((await unpackBytes(bytes.subarray(0, end))).error).toMatch(
        /not all of it may have been copied|not a tar|cut off/,
      );
      const there = inFolder().filter((name) => name !== 'd');
      expect(there.every((name) => ['d/a', 'd/b'].includes(name))).toBe(true);
      if (existsSync(join(to, 'd/b'))) expect(statSync(join(to, 'd/b')).size).toBe(5000);
    }
  });

  it('what is no tar', async () => {
    expect((await unpackBytes(Buffer.alloc(4096, 'x'))).error).toBe(
      'what its engine sent is not a tar archive, or a damaged one',
    );
  });
});
