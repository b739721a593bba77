import { describe, expect, test } from 'vitest';
import { temporaryName, whyRefused } from '../../../src/copy/names.ts';
import { remoteTree } from '../../../src/copy/remote-tree.ts';
import type { Sftp } from '../../../src/ssh/sftp.ts';

const stats = (kind: 'file' | 'folder' | 'link', mode = 0o644) => ({
  mode,
  size: 1,
  atime: 1,
  mtime: 2,
  isFile: () => kind === 'file',
  isDirectory: () => kind === 'folder',
  isSymbolicLink: () => kind === 'link',
});

/** A node that says of its folder what the test has it say. */
const node = (names: Readonly<Record<string, ReturnType<typeof stats>>>): Sftp =>
  ({
    stat: async (path: string) => (path === '/d' ? stats('folder', 0o755) : undefined),
    realpath: async (path: string) => path,
    list: async () => Object.entries(names).map(([name, found]) => ({ name, stats: found })),
  }) as unknown as Sftp;

describe('what a node says that it has', () => {
  test('names that lead out of their folder, or are not what they seem, are refused', async () => {
    const names = [
      '..',
      '../x',
      '/etc/passwd',
      'a/b',
      '',
      'a\nb',
      '\u001b[2J',
      '\u009b1m',
      'a\0',
      '\ufffd',
      'good',
      '...',
    ];
    const { entries, problems } = await remoteTree(
      node(Object.fromEntries(names.map((name) => [name, stats('file')]))),
      '/d',
    );
    expect(entries.map(({ names: at }) => at.join('/'))).toEqual(['', '...', 'good']);
    expect(problems).toHaveLength(names.length - 3);
  });

  test('special files and links that lead nowhere are named; nobody here gets another’s rights', async () => {
    const special = { ...stats('file'), isFile: () => false };
    const { entries, problems } = await remoteTree(
      node({ fifo: special, gone: stats('link'), tool: stats('file', 0o104755) }),
      '/d',
    );
    expect(problems).toEqual(['/d/fifo: it is neither a file nor a folder', '/d/gone: a link that leads nowhere']);
    expect(entries.at(-1)).toMatchObject({ names: ['tool'], mode: 0o755 });
  });

  test('folders without end come to one', async () => {
    const endless = {
      stat: async () => stats('folder'),
      realpath: async (path: string) => path,
      list: async () => [{ name: 'd', stats: stats('folder') }],
    } as unknown as Sftp;
    const { problems } = await remoteTree(endless, '/d');
    expect(problems).toEqual([expect.stringMatching(/more than 200 folders deep$/)]);
  });
});

describe('a temporary name', () => {
  test('is the same for the same source alone', () => {
    expect(temporaryName('a', ['/x/a', '1 2'])).toMatch(/^\.a\.belt-[0-9a-f]{8}$/);
    expect(temporaryName('a', ['/x/a', '1 2'])).toBe(temporaryName('a', ['/x/a', '1 2']));
    expect(temporaryName('a', ['/x/a', '1 3'])).not.toBe(temporaryName('a', ['/x/a', '1 2']));
  });

  test('fits where the name fits', () => {
    const name = temporaryName('ä'.repeat(127), ['x']);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(whyRefused(name)).toBeUndefined();
  });
});
