import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  activeNode,
  knownNodes,
  type Run,
  readRun,
  rememberNodes,
  removeRun,
  setActiveNode,
  unfinishedRuns,
  writeRun,
} from '../../../src/config/choices.ts';
import { openState, type State } from '../../../src/config/state.ts';
import { BeltError } from '../../../src/errors.ts';

const HINT = 'free some space or mend the folder (BELT_STATE_DIR names another), then run the same command again';

let root = '';
let state: State;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-state-'));
  state = openState(join(root, 'home', '.belt'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** What a user reads when it fails. */
function said(failing: () => unknown): string {
  try {
    failing();
  } catch (error) {
    expect(error).toBeInstanceOf(BeltError);
    return `${(error as BeltError).message}\n${(error as BeltError).hint}`;
  }
  throw new Error('nothing failed');
}

describe('the state folder', () => {
  test('is made at the first write, not before', () => {
    expect(state.read('known_hosts')).toBe(undefined);
    expect(state.readJson('active.json')).toBe(undefined);
    expect(state.list('runs')).toEqual([]);
    state.remove('runs/1.json');
    expect(readdirSync(root)).toEqual([]);
    state.write('known_hosts', 'belt-1 ssh-ed25519 AAAA\n');
    expect(state.read('known_hosts')).toBe('belt-1 ssh-ed25519 AAAA\n');
  });

  test("is for the user's eyes alone", () => {
    state.write('runs/1.json', '{}');
    state.write('known_hosts', '');
    expect(mode(state.folder)).toBe('700');
    expect(mode(join(state.folder, 'runs'))).toBe('700');
    expect(mode(join(state.folder, 'runs/1.json'))).toBe('600');
    chmodSync(join(state.folder, 'known_hosts'), 0o644);
    state.write('known_hosts', 'x');
    expect(mode(join(state.folder, 'known_hosts'))).toBe('600');
  });

  test('lists files, and not those that a kill left half written', () => {
    state.write('runs/1.json', '{}');
    writeFileSync(join(state.folder, 'runs/2.json.4711.new'), '{"i');
    expect(state.list('runs')).toEqual(['1.json']);
  });

  test('a JSON file that cannot be read counts as missing: it is only a cache', () => {
    state.write('active.json', '{"default":');
    expect(state.readJson('active.json')).toBe(undefined);
    state.writeJson('active.json', { default: 'node1' });
    expect(state.readJson('active.json')).toEqual({ default: 'node1' });
  });
});

describe('a place that will not do', () => {
  test('its folder is a file', () => {
    writeFileSync(join(root, 'home'), '');
    expect(state.read('known_hosts')).toBe(undefined);
    expect(state.list('runs')).toEqual([]);
    expect(said(() => state.write('known_hosts', 'x'))).toBe(
      `cannot write ${join(state.folder, 'known_hosts')}: its folder is a file\n${HINT}`,
    );
    mkdirSync(join(root, 'other'));
    writeFileSync(join(root, 'other/.belt'), '');
    const other = openState(join(root, 'other/.belt'));
    expect(said(() => other.write('known_hosts', 'x'))).toBe(
      `cannot write ${join(root, 'other/.belt/known_hosts')}: its folder is a file\n${HINT}`,
    );
    other.remove('known_hosts');
  });

  test('a folder is where a file should be', () => {
    mkdirSync(join(state.folder, 'known_hosts'), { recursive: true });
    const path = join(state.folder, 'known_hosts');
    expect(said(() => state.read('known_hosts'))).toBe(`cannot read ${path}: it is a folder\n${HINT}`);
    expect(said(() => state.write('known_hosts', 'x'))).toBe(`cannot write ${path}: it is a folder\n${HINT}`);
    expect(said(() => state.remove('known_hosts'))).toBe(`cannot remove ${path}: it is a folder\n${HINT}`);
    // Nothing half written stays behind.
    expect(readdirSync(state.folder)).toEqual(['known_hosts']);
  });

  test.skipIf(process.getuid?.() === 0)('the folder is read-only', () => {
    state.write('known_hosts', 'old');
    chmodSync(state.folder, 0o500);
    expect(said(() => state.write('known_hosts', 'x'))).toBe(
      `cannot write ${join(state.folder, 'known_hosts')}: permission denied\n${HINT}`,
    );
    expect(said(() => state.remove('known_hosts'))).toBe(
      `cannot remove ${join(state.folder, 'known_hosts')}: permission denied\n${HINT}`,
    );
    chmodSync(state.folder, 0o700);
    expect(state.read('known_hosts')).toBe('old');
  });

  describe.skipIf(!canMount())('on a file system of its own', () => {
    let mounted = '';
    beforeEach(() => {
      mounted = join(root, 'small');
      mkdirSync(mounted);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', mounted]);
    });
    afterEach(() => void execFileSync('umount', [mounted]));

    test('the disk is full: the old text stays', () => {
      const small = openState(join(mounted, '.belt'));
      small.write('known_hosts', 'old\n');
      const path = join(mounted, '.belt/known_hosts');
      expect(said(() => small.write('known_hosts', 'x'.repeat(100_000)))).toBe(
        `cannot write ${path}: the disk is full\n${HINT}`,
      );
      expect(readFileSync(path, 'utf8')).toBe('old\n');
      expect(readdirSync(join(mounted, '.belt'))).toEqual(['known_hosts']);
    });

    test('the file system is read-only', () => {
      const small = openState(join(mounted, '.belt'));
      small.write('known_hosts', 'old\n');
      execFileSync('mount', ['-o', 'remount,ro', mounted]);
      const path = join(mounted, '.belt/known_hosts');
      const why = `the file system is read-only\n${HINT}`;
      expect(said(() => small.write('known_hosts', 'x'))).toBe(`cannot write ${path}: ${why}`);
      expect(said(() => small.remove('known_hosts'))).toBe(`cannot remove ${path}: ${why}`);
      expect(small.read('known_hosts')).toBe('old\n');
    });
  });
});

/** Root on Linux, and allowed to: a container often is not. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const place = mkdtempSync(join(tmpdir(), 'belt-mount-'));
  const can = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place]).status === 0;
  if (can) execFileSync('umount', [place]);
  rmSync(place, { recursive: true });
  return can;
}

describe('choices', () => {
  test('the active node is that of its cluster', () => {
    expect(activeNode(state, 'default')).toBe(undefined);
    setActiveNode(state, 'default', 'node1');
    setActiveNode(state, 'blue', 'web1');
    expect([activeNode(state, 'default'), activeNode(state, 'blue')]).toEqual(['node1', 'web1']);
    setActiveNode(state, 'blue', undefined);
    expect([activeNode(state, 'default'), activeNode(state, 'blue')]).toEqual(['node1', undefined]);
  });

  test('a cluster named like a property of every object has no active node of its own', () => {
    expect(activeNode(state, 'constructor')).toBe(undefined);
    setActiveNode(state, 'default', 'node1');
    expect(activeNode(state, 'constructor')).toBe(undefined);
  });

  test('the nodes that were seen last, a file a cluster', () => {
    const node = { id: 1, name: 'node1', publicAddress: '192.0.2.1', privateAddress: '10.0.0.1', tags: ['belt'] };
    expect(knownNodes(state, 'a:b')).toEqual([]);
    rememberNodes(state, 'a:b', [node]);
    expect(knownNodes(state, 'a:b')).toEqual([node]);
    expect(knownNodes(state, 'a')).toEqual([]);
    state.write('nodes-a.json', '{"not":"a list"}');
    expect(knownNodes(state, 'a')).toEqual([]);
  });

  test('runs that were cut off, of this cluster', () => {
    const run = (id: string, cluster: string): Run => ({
      id,
      cluster,
      startedAt: 1,
      hostKey: 'ssh-ed25519 AAAA',
      inFlight: ['node1'],
      sentAt: 2,
    });
    expect(unfinishedRuns(state, 'default')).toEqual([]);
    for (const [id, cluster] of [
      ['a', 'default'],
      ['b', 'blue'],
      ['c', 'default'],
    ] as const) {
      writeRun(state, run(id, cluster));
    }
    state.write('runs/broken.json', '{');
    expect(unfinishedRuns(state, 'default')).toEqual([run('a', 'default'), run('c', 'default')]);
    expect(readRun(state, 'b')).toEqual(run('b', 'blue'));
    removeRun(state, 'a');
    removeRun(state, 'a');
    expect(unfinishedRuns(state, 'default')).toEqual([run('c', 'default')]);
    expect(readRun(state, 'a')).toBe(undefined);
  });
});
