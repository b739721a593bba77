import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { localTree } from '../../../src/copy/local-tree.ts';
import { readPlace } from '../../../src/copy/places.ts';
import { sendToAll } from '../../../src/copy/send.ts';
import { SftpError } from '../../../src/ssh/sftp.ts';
import { contextOf, FakeNode, options, put } from './fake-node.ts';

const BIG = Buffer.alloc(1_000_000, 'belt sends this');
const YEAR = 31_536_000;

let root: string;
let nodes: FakeNode[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-send-'));
  nodes = [1, 2, 3].map((n) => new FakeNode(root, `node${n}`));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const here = (...names: string[]) => join(root, 'here', ...names);
/** Sends it to `to` of the nodes. */
async function send(
  to: readonly FakeNode[],
  name: string,
  world: Parameters<typeof contextOf>[1] = {},
  { path = '/srv', as = name, ...more }: { path?: string; as?: string | undefined; renamed?: () => void } = {},
) {
  const place = readPlace(`all:${path}`) as Parameters<typeof sendToAll>[2]['to'];
  const sources = [{ tree: await localTree(here(name), name), name: as === '' ? undefined : as, shown: name }];
  return await sendToAll(
    contextOf(to, world),
    to.map(({ node }) => node),
    { sources, to: place, options: { ...options(), ...more } },
  );
}

/** Counts what this test reads of a file. Not by a mock of the module, which other files of this process may have loaded. */
async function countReads(path: string): Promise<{ bytes: number }> {
  const counted = { bytes: 0 };
  const file = await fs.open(path);
  const { ino } = await file.stat();
  await file.close();
  type Read = (this: fs.FileHandle, ...given: unknown[]) => Promise<{ bytesRead: number }>;
  const handles = Object.getPrototypeOf(file) as { read: Read };
  const real = handles.read;
  const spy = vi.spyOn(handles, 'read').mockImplementation(async function (this: fs.FileHandle, ...given) {
    const isCounted = (await this.stat()).ino === ino;
    const answer = await real.apply(this, given);
    if (isCounted) counted.bytes += answer.bytesRead;
    return answer;
  });
  onTestFinished(() => spy.mockRestore());
  return counted;
}

const ok = { exitCode: 0, problems: [] };
const modeAndTime = (path: string) => {
  const { mode, mtimeMs } = statSync(path);
  return [(mode & 0o7777).toString(8), Math.floor(mtimeMs / 1000)];
};

test('a folder that gets a new name is told: the same words mean another place from then on', async () => {
  await put(here('site', 'page'), Buffer.from('hello'));
  await put(here('page'), Buffer.from('hello'));
  const [node] = nodes as [FakeNode];
  const renamed = vi.fn();
  await send([node], 'page', {}, { path: '/srv/file', renamed });
  await send([node], 'site', {}, { renamed });
  await send([node], 'site', {}, { path: '/srv/www', as: '', renamed });
  expect(renamed).not.toHaveBeenCalled();
  await send([node], 'site', {}, { path: '/srv/web', renamed });
  expect(renamed).toHaveBeenCalledOnce();
});

describe('one read of the source', () => {
  test('serves all of the nodes', async () => {
    await put(here('big'), BIG);
    const read = await countReads(here('big'));
    expect(await send(nodes, 'big')).toMatchObject([ok, ok, ok]);
    for (const node of nodes) expect(readFileSync(node.at('/srv/big')).equals(BIG)).toBe(true);
    expect(read.bytes).toBe(BIG.length);
  });

  test('does not wait for a node that answers late; that one gets a read of its own', async () => {
    await put(here('big'), BIG);
    const [first, late] = nodes as [FakeNode, FakeNode];
    let come!: () => void;
    late.login = new Promise<void>((resolve) => {
      come = resolve;
    });
    first.before = (request) => {
      // It comes once the other one is served, and not before.
      if (request === 'rename') come();
    };
    const clock = { now: Date.now, sleep: async () => {} };
    expect(await send([first, late], 'big', { clock })).toMatchObject([ok, ok]);
    expect(readFileSync(late.at('/srv/big')).equals(BIG)).toBe(true);
  });
});

describe('a folder', () => {
  const folder = async () => {
    await put(here('site', 'inner', 'a'), 'a');
    await put(here('site', 'inner', 'big'), BIG);
    await put(here('site', 'shut', 'b'), 'b');
    await fs.chmod(here('site', 'inner'), 0o2775);
    await fs.chmod(here('site', 'shut'), 0o555);
    for (const name of ['inner', 'shut', '.']) await fs.utimes(here('site', name), YEAR, YEAR);
  };
  const expectAsHere = (node: FakeNode) => {
    for (const name of ['', 'inner']) {
      expect(modeAndTime(node.at(`/srv/site/${name}`))).toEqual(modeAndTime(here('site', name)));
    }
    expect(modeAndTime(node.at('/srv/site/shut'))[1]).toBe(YEAR);
  };

  test('has its modes and times', async () => {
    await folder();
    await send(nodes, 'site');
    expectAsHere(nodes[0]!);
    expect(modeAndTime(nodes[0]!.at('/srv/site/shut'))).toEqual(['555', YEAR]);
  });

  test('that was interrupted is as here once the same command ran again', async () => {
    await folder();
    const [node] = nodes as [FakeNode];
    const interrupt = new AbortController();
    node.before = (request, path) => {
      if (request === 'write' && path.includes('.big.belt-')) interrupt.abort();
    };
    await send([node], 'site', interrupt);
    expect(modeAndTime(node.at('/srv/site/inner'))[0]).toBe('2775');
    node.before = () => {};
    expect(await send([node], 'site')).toMatchObject([ok]);
    expectAsHere(node);
    expect(readdirSync(node.at('/srv/site/inner')).toSorted()).toEqual(['a', 'big']);
  });

  test('that failed has its times as far as it was copied', async () => {
    await folder();
    const [node] = nodes as [FakeNode];
    node.before = (request, path) => {
      if (request === 'rename' && path.includes('big')) throw new SftpError(path, 'permission denied', 3);
    };
    expect(await send([node], 'site')).toMatchObject([{ exitCode: 1, error: expect.stringContaining('permission') }]);
    expectAsHere(node);
    // The next try writes into it.
    expect(modeAndTime(node.at('/srv/site/shut'))[0]).toBe('755');
    expect(readdirSync(node.at('/srv/site/inner')).filter((name) => name.includes('belt'))).toEqual([]);
  });

  test('what is there already is not sent again', async () => {
    await folder();
    const [node] = nodes as [FakeNode];
    await send([node], 'site');
    await fs.writeFile(node.at('/srv/site/inner/a'), 'b');
    const { mtime } = statSync(here('site/inner/a'));
    await fs.utimes(node.at('/srv/site/inner/a'), mtime, mtime);
    await fs.chmod(node.at('/srv/site/inner/big'), 0o600);
    node.requests.length = 0;
    expect(await send([node], 'site')).toMatchObject([{ ...ok, files: 3, unchanged: 2, bytes: 1 }]);
    expect(node.requests.filter((request) => request.startsWith('write'))).toHaveLength(1);
    expect(readFileSync(node.at('/srv/site/inner/a'), 'utf8')).toBe('a');
    expect(modeAndTime(node.at('/srv/site/inner/big'))).toEqual(modeAndTime(here('site/inner/big')));
    expectAsHere(node);
  });
});

describe('the checksum', () => {
  test('refuses what arrived differently: nothing has its name, and nothing is left', async () => {
    await put(here('big'), BIG);
    const [node] = nodes as [FakeNode];
    await put(node.at('/srv/big'), 'old');
    node.sums = 'wrong';
    expect(await send([node], 'big')).toMatchObject([
      { exitCode: 1, error: '/srv/big: what arrived differs from what was sent' },
    ]);
    expect(readdirSync(node.at('/srv'))).toEqual(['big']);
    expect(readFileSync(node.at('/srv/big'), 'utf8')).toBe('old');
  });

  test('where there is no sha256sum, sizes are compared, and that is told', async () => {
    await put(here('big'), BIG);
    const [node] = nodes as [FakeNode];
    node.sums = 'missing';
    expect(await send([node], 'big')).toMatchObject([{ ...ok, isBySize: true }]);
  });
});

/** Cuts a copy in its middle, so that there is something to continue. */
async function half(node: FakeNode): Promise<void> {
  await put(here('big'), BIG);
  const interrupt = new AbortController();
  let writes = 0;
  node.before = (request) => {
    if (request === 'write' && ++writes === 10) interrupt.abort();
  };
  await send([node], 'big', interrupt);
  node.before = () => {};
  expect(readdirSync(node.at('/srv'))).toEqual([expect.stringMatching(/^\.big\.belt-[0-9a-f]{8}$/)]);
}

describe('what an interrupted copy left', () => {
  const left = (node: FakeNode) => node.at(`/srv/${readdirSync(node.at('/srv'))[0]}`);

  test('is continued', async () => {
    const [node] = nodes as [FakeNode];
    await half(node);
    const { size } = statSync(left(node));
    expect(size).toBeGreaterThan(0);
    expect(await send([node], 'big')).toMatchObject([{ ...ok, continued: size, bytes: BIG.length }]);
    expect(readFileSync(node.at('/srv/big')).equals(BIG)).toBe(true);
  });

  test.each(['right', 'missing'] as const)('is written anew where it is something else: sums %s', async (sums) => {
    const [node] = nodes as [FakeNode];
    await half(node);
    await fs.writeFile(left(node), 'something else');
    node.sums = sums;
    expect(await send([node], 'big')).toMatchObject([{ ...ok, continued: 0 }]);
    expect(readdirSync(node.at('/srv'))).toEqual(['big']);
    expect(readFileSync(node.at('/srv/big')).equals(BIG)).toBe(true);
  });

  test('is removed where the file has come meanwhile', async () => {
    const [node] = nodes as [FakeNode];
    await half(node);
    await fs.writeFile(node.at('/srv/big'), BIG);
    const { mtime } = statSync(here('big'));
    await fs.utimes(node.at('/srv/big'), mtime, mtime);
    expect(await send([node], 'big')).toMatchObject([{ ...ok, unchanged: 1 }]);
    expect(readdirSync(node.at('/srv'))).toEqual(['big']);
  });
});

describe('two runs of the same copy at once', () => {
  /** That it is whole whenever something has its name. */
  const never = (node: FakeNode) => {
    const seen: number[] = [];
    const before = node.before;
    node.before = async (request, path) => {
      await before(request, path);
      if (existsSync(node.at('/srv/big'))) seen.push(statSync(node.at('/srv/big')).size);
    };
    return seen;
  };

  test.each(['open', 'sha256sum', 'write', 'sync', 'setHandleStat', 'close', 'rename'])(
    'one ends before the other’s first %s: what has the name is never half-written',
    async (at) => {
      const [node] = nodes as [FakeNode];
      await half(node);
      const other = new FakeNode(root, 'node1');
      let isFirst = true;
      node.before = async (request) => {
        if (request !== at || !isFirst) return;
        isFirst = false;
        expect(await send([other], 'big')).toMatchObject([ok]);
      };
      const seen = never(node);
      expect(await send([node], 'big')).toMatchObject([ok]);
      expect([isFirst, new Set(seen)]).toEqual([false, new Set([BIG.length])]);
      expect(readdirSync(node.at('/srv'))).toEqual(['big']);
      expect(readFileSync(node.at('/srv/big')).equals(BIG)).toBe(true);
    },
  );

  test('one begins when the other is about to give it its name', async () => {
    const [node] = nodes as [FakeNode];
    await put(here('big'), BIG);
    const other = new FakeNode(root, 'node1');
    let second: ReturnType<typeof send> | undefined;
    let goOn!: () => void;
    const ended = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    node.before = async (request) => {
      if (request !== 'rename') return;
      await new Promise<void>((opened) => {
        other.before = async (asked) => {
          if (asked !== 'sync') return;
          opened();
          await ended;
        };
        second = send([other], 'big');
      });
    };
    expect(await send([node], 'big')).toMatchObject([ok]);
    goOn();
    expect(await second).toMatchObject([ok]);
    expect(readdirSync(node.at('/srv'))).toEqual(['big']);
  });

  test.each([2, 3, 5])('%i begin at the same moment', async (runs) => {
    const [node] = nodes as [FakeNode];
    await put(here('big'), BIG);
    const all = [node, ...Array.from({ length: runs - 1 }, () => new FakeNode(root, 'node1'))];
    const seen = all.map(never);
    for (const [end] of await Promise.all(all.map((one) => send([one], 'big')))) expect(end).toMatchObject(ok);
    expect(seen.flat().filter((size) => size !== BIG.length)).toEqual([]);
    expect(readdirSync(node.at('/srv'))).toEqual(['big']);
    expect(readFileSync(node.at('/srv/big')).equals(BIG)).toBe(true);
  });
});

test('Ctrl-C between the login and its first answer ends it', async () => {
  await put(here('big'), BIG);
  const [node] = nodes as [FakeNode];
  const interrupt = new AbortController();
  node.before = (request, path) => {
    if (request === 'stat' && path === '.') interrupt.abort();
  };
  expect(await send([node], 'big', interrupt)).toMatchObject([{ error: 'interrupted' }]);
  expect(node.requests).toEqual(['stat .']);
});
