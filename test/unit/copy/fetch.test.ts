import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetchFromAll } from '../../../src/copy/fetch.ts';
import { SftpError } from '../../../src/ssh/sftp.ts';
import { contextOf, FakeNode, options, put } from './fake-node.ts';

const BIG = Buffer.alloc(1_000_000, 'belt fetches this');
/** More than is asked for at once: belt asks again when some of it is written. */
const HUGE = Buffer.alloc(6_000_000, 'belt fetches this');
const YEAR = 31_536_000;

let root: string;
let node: FakeNode;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-fetch-'));
  node = new FakeNode(root, 'node1');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const here = (...names: string[]) => join(root, 'here', ...names);
/** Copies it to `here`. */
async function fetch(path: string, world: Parameters<typeof contextOf>[1] = {}, from = node) {
  await fs.mkdir(here(), { recursive: true });
  const to = { path: here(), isFolder: true, isByNode: false };
  const wanted = [{ node: from.node, paths: [path] }];
  return (await fetchFromAll(contextOf([from], world), wanted, { to, options: options() }))[0]!;
}
const ok = { exitCode: 0, problems: [] };
const modeAndTime = (path: string) => {
  const { mode, mtimeMs } = statSync(path);
  return [(mode & 0o7777).toString(8), Math.floor(mtimeMs / 1000)];
};
const temporary = (folder: string) => readdirSync(folder).filter((name) => name.includes('.belt-'));

describe('a folder', () => {
  beforeEach(async () => {
    await put(node.at('/srv/site/inner/a'), 'a');
    await put(node.at('/srv/site/inner/big'), BIG);
    await put(node.at('/srv/site/shut/b'), 'b');
    await fs.chmod(node.at('/srv/site/inner'), 0o775);
    await fs.chmod(node.at('/srv/site/shut'), 0o555);
    for (const name of ['inner', 'shut', '']) await fs.utimes(node.at(`/srv/site/${name}`), YEAR, YEAR);
  });
  const expectAsThere = () => {
    for (const name of ['', 'inner']) {
      expect(modeAndTime(here('site', name))).toEqual(modeAndTime(node.at(`/srv/site/${name}`)));
    }
    expect(modeAndTime(here('site', 'shut'))[1]).toBe(YEAR);
  };

  test('has its modes and times', async () => {
    expect(await fetch('/srv/site')).toMatchObject(ok);
    expectAsThere();
    expect(modeAndTime(here('site/shut'))).toEqual(['555', YEAR]);
  });

  test('that was interrupted is as there once the same command ran again', async () => {
    const interrupt = new AbortController();
    node.before = (request, path) => {
      if (request === 'read' && path.endsWith('big')) interrupt.abort();
    };
    await fetch('/srv/site', interrupt);
    expect(modeAndTime(here('site', 'inner'))).toEqual(['775', YEAR]);
    node.before = () => {};
    expect(await fetch('/srv/site')).toMatchObject(ok);
    expectAsThere();
    expect(readdirSync(here('site', 'inner')).toSorted()).toEqual(['a', 'big']);
  });

  test('a file in it that may not be read is named, and the others come', async () => {
    node.before = (request, path) => {
      if (request === 'open' && path.endsWith('/a')) throw new SftpError(path, 'permission denied', 3);
    };
    const end = await fetch('/srv/site');
    expect(end).toMatchObject({ exitCode: 1, problems: ['/srv/site/inner/a: permission denied'], files: 2 });
    expect(end).not.toHaveProperty('error');
    expect(readdirSync(here('site', 'inner'))).toEqual(['big']);
    expectAsThere();
  });

  test('a file in it that is removed after its last read is named, and the others are compared by checksum', async () => {
    node.before = async (request, path) => {
      if (request === 'sha256sum' && path.endsWith('/a')) await fs.rm(node.at(path), { force: true });
    };
    expect(await fetch('/srv/site')).toMatchObject({
      exitCode: 1,
      isBySize: false,
      problems: ['/srv/site/inner/a: it was removed, or became unreadable, while it was copied'],
      files: 2,
    });
    expect(readdirSync(here('site', 'inner'))).toEqual(['big']);
  });

  test('what cannot be written here ends it, in words, and leaves nothing', async () => {
    await fs.mkdir(here('site', 'inner', 'a'), { recursive: true });
    expect(await fetch('/srv/site')).toMatchObject({ exitCode: 1, error: expect.stringContaining('it is a folder') });
    expect(temporary(here('site', 'inner'))).toEqual([]);
  });

  test('what is here already is not asked for again', async () => {
    await fetch('/srv/site');
    const { atime, mtime } = statSync(here('site/inner/a'));
    await fs.writeFile(here('site/inner/a'), 'b');
    await fs.utimes(here('site/inner/a'), atime, mtime);
    await fs.chmod(here('site/inner/big'), 0o600);
    node.requests.length = 0;
    expect(await fetch('/srv/site')).toMatchObject({ ...ok, files: 3, unchanged: 2, bytes: 1 });
    expect(node.requests.filter((request) => request.startsWith('open'))).toEqual(['open /srv/site/inner/a']);
    expect(readFileSync(here('site/inner/a'), 'utf8')).toBe('a');
    expect(modeAndTime(here('site/inner/big'))).toEqual(modeAndTime(node.at('/srv/site/inner/big')));
    expectAsThere();
  });
});

describe('the checksum', () => {
  beforeEach(() => put(node.at('/srv/big'), BIG));

  test('refuses what arrived differently: nothing has its name, and nothing is left', async () => {
    await put(here('big'), 'old');
    node.sums = 'wrong';
    expect(await fetch('/srv/big')).toMatchObject({
      exitCode: 1,
      problems: ['/srv/big: what arrived differs from what is there'],
    });
    expect(readdirSync(here())).toEqual(['big']);
    expect(readFileSync(here('big'), 'utf8')).toBe('old');
  });

  test('where there is no sha256sum, sizes are compared, and that is told', async () => {
    node.sums = 'missing';
    expect(await fetch('/srv/big')).toMatchObject({ ...ok, isBySize: true });
  });
});

describe('two runs of the same copy at once', () => {
  /** Cuts a copy in its middle, so that there is something to continue; `spoil` changes that. */
  const half = async () => {
    await put(node.at('/srv/big'), HUGE);
    const interrupt = new AbortController();
    node.before = async (request) => {
      if (request !== 'read' || temporary(here()).every((name) => statSync(here(name)).size === 0)) return;
      interrupt.abort();
    };
    await fetch('/srv/big', interrupt);
    node.before = () => {};
  };

  test.each(['open', 'sha256sum', 'read'])(
    'one ends before the other’s first %s: what has the name is never half-written',
    async (at) => {
      await half();
      const other = new FakeNode(root, 'node1');
      let isFirst = true;
      const seen = new Set<number>();
      node.before = async (request) => {
        if (request === at && isFirst) {
          isFirst = false;
          expect(await fetch('/srv/big', {}, other)).toMatchObject(ok);
        }
        if (readdirSync(here()).includes('big')) seen.add(statSync(here('big')).size);
      };
      expect(await fetch('/srv/big')).toMatchObject(ok);
      expect([isFirst, seen]).toEqual([false, new Set([HUGE.length])]);
      expect(readdirSync(here())).toEqual(['big']);
      expect(readFileSync(here('big')).equals(HUGE)).toBe(true);
    },
  );
});

test('Ctrl-C between the login and its first answer ends it', async () => {
  const interrupt = new AbortController();
  node.before = (request, path) => {
    if (request === 'stat' && path === '.') interrupt.abort();
  };
  expect(await fetch('/srv/big', interrupt)).toMatchObject({ error: 'interrupted' });
  expect(node.requests).toEqual(['stat .']);
});
