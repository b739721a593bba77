import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  activeNode,
  agreeToKey,
  isAgreedKey,
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
import { readTimings } from '../../../src/config/timings.ts';
import { BeltError } from '../../../src/errors.ts';
import { openHostKeys } from '../../../src/fleet/host-keys.ts';
import { newKeyPair } from '../../../src/new-key.ts';

const HINT = 'free some space or fix the folder (BELT_STATE_DIR sets another), then run the same command again';

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

  test('links are not followed, and nothing of others is used', () => {
    writeFileSync(join(root, 'mine'), 'the user wrote this\n');
    state.write('known_hosts', 'old');
    rmSync(join(state.folder, 'known_hosts'));
    symlinkSync(join(root, 'mine'), join(state.folder, 'known_hosts'));
    const path = join(state.folder, 'known_hosts');
    expect(said(() => state.read('known_hosts'))).toContain(`cannot read ${path}: it is a symbolic link`);
    expect(said(() => state.write('known_hosts', 'x'))).toContain(
      `cannot write ${path}: it is a symbolic link\nbelt follows no links there: put the file itself in its place`,
    );
    expect(said(() => state.update('known_hosts', () => 'x'))).toContain('it is a symbolic link');
    expect(readFileSync(join(root, 'mine'), 'utf8')).toBe('the user wrote this\n');
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(state.folder, 'runs'));
    expect(said(() => state.write('runs/1.json', 'x'))).toContain(`${join(state.folder, 'runs')} is a symbolic link`);
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([]);
  });

  test("the whole folder may be a link of the user's own, where that is allowed", () => {
    mkdirSync(join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'link'));
    const folder = join(root, 'link');
    openState(folder, { root: folder, mayBeLink: true }).write('a', 'x');
    expect(readFileSync(join(root, 'elsewhere/a'), 'utf8')).toBe('x');
    expect(said(() => openState(folder).write('a', 'y'))).toContain(
      `${folder} is a symbolic link\nreplace it with a folder`,
    );
  });

  test.each([0o770, 0o707, 0o777])('a folder that others can write to is refused, to read as well (%o)', (open) => {
    state.write('known_hosts', 'old');
    chmodSync(state.folder, open);
    for (const act of [
      () => state.read('known_hosts'),
      () => state.write('known_hosts', 'x'),
      () => state.checkWritable(),
    ]) {
      expect(said(act)).toContain(`others can write to ${state.folder}\nchmod go-w ${state.folder}`);
    }
  });

  test.skipIf(process.getuid?.() !== 0)('what belongs to another user is refused', () => {
    state.write('known_hosts', 'old');
    chownSync(join(state.folder, 'known_hosts'), 12_345, 12_345);
    expect(said(() => state.read('known_hosts'))).toContain('it belongs to another user');
    expect(said(() => state.write('known_hosts', 'x'))).toContain('it belongs to another user');
    chownSync(state.folder, 12_345, 12_345);
    expect(said(() => state.write('other', 'x'))).toContain(`${state.folder} belongs to another user`);
  });

  test('a file of more than 64 MiB, and one that is none, are not read', () => {
    state.write('known_hosts', '');
    truncateSync(join(state.folder, 'known_hosts'), 65 * 1024 * 1024);
    expect(said(() => state.read('known_hosts'))).toContain('it is larger than 64 MiB');
    execFileSync('mkfifo', [join(state.folder, 'pipe')]);
    expect(said(() => state.read('pipe'))).toContain('it is not a regular file');
    expect(state.readJson('pipe')).toBe(undefined);
  });

  test('whether it can be written to is known before anything is deleted', () => {
    state.checkWritable();
    expect(readdirSync(state.folder)).toEqual([]);
    expect(mode(state.folder)).toBe('700');
    const below = openState(join(state.folder, 'a'));
    writeFileSync(join(state.folder, 'a'), '');
    expect(said(() => below.checkWritable())).toBe(`cannot write to ${below.folder}: its folder is a file\n${HINT}`);
  });

  test('too many open files are not told as a full disk', () => {
    const script = join(root, 'many.mjs');
    const source = fileURLToPath(new URL('../../../src/config/state.ts', import.meta.url));
    buildSync({
      stdin: {
        contents: `
          import { openSync } from 'node:fs';
          import { openState } from ${JSON.stringify(source)};
          const state = openState(${JSON.stringify(state.folder)});
          state.write('a', 'x');
          try { for (;;) openSync('/dev/null'); } catch {}
          for (const act of [() => state.read('a'), () => state.write('a', 'x'), () => state.update('a', () => 'x')]) {
            try { act(); } catch (error) { process.stdout.write(error.message + '|' + error.hint + '\\n'); }
          }
        `,
        resolveDir: root,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
    });
    const { stdout } = spawnSync('sh', ['-c', `ulimit -n 64; exec node ${script}`], { encoding: 'utf8' });
    const path = join(state.folder, 'a');
    const why =
      'too many files are open|close some programs or raise the limit (ulimit -n 4096), then run the same command again';
    expect(stdout).toBe(`cannot read ${path}: ${why}\ncannot write ${path}: ${why}\ncannot write ${path}: ${why}\n`);
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

  test('Shop and shop are one cluster', () => {
    setActiveNode(state, 'Shop', 'node1');
    rememberNodes(state, 'Shop', [{ id: 1, name: 'node1', tags: [] }]);
    expect(activeNode(state, 'shop')).toBe('node1');
    expect(knownNodes(state, 'SHOP')).toEqual([{ id: 1, name: 'node1', tags: [] }]);
    setActiveNode(state, 'SHOP', undefined);
    expect(activeNode(state, 'Shop')).toBe(undefined);
  });

  test('the nodes of a cluster of 200 colons are remembered', () => {
    const name = ':'.repeat(200);
    rememberNodes(state, name, [{ id: 1, name: 'node1', tags: [] }]);
    expect(knownNodes(state, name)).toHaveLength(1);
  });

  test.each(['../../x', '..', 'a/b', '/etc/passwd', '', 'a\0b', 'x'.repeat(65)])(
    'a run %j, which a tag may name, is none',
    (id) => {
      state.write('x.json', JSON.stringify({ id, cluster: 'a', hostKey: 'b', inFlight: [], startedAt: 1, sentAt: 1 }));
      expect(readRun(state, id)).toBe(undefined);
      removeRun(state, id);
      expect(state.read('x.json')).toBeDefined();
    },
  );

  test('the keys that were agreed to', () => {
    expect(isAgreedKey(state, 'SHA256:a')).toBe(false);
    agreeToKey(state, 'SHA256:a');
    agreeToKey(state, 'SHA256:b');
    expect([isAgreedKey(state, 'SHA256:a'), isAgreedKey(state, 'SHA256:b'), isAgreedKey(state, 'a')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('damaged files', () => {
  const BAD: [string, string | Buffer][] = [
    ['null', 'null'],
    ['[null]', '[null]'],
    ['[[]]', '[[]]'],
    ['[5]', '[5]'],
    ['{"default":5}', '{"default":5}'],
    ['{"default":null}', '{"default":null}'],
    ['{"default":{"a":1}}', '{"default":{"a":1}}'],
    ['5', '5'],
    ['"x"', '"x"'],
    ['true', 'true'],
    ['{"id":1}', '[{"id":1}]'],
    ['no list of tags', '[{"id":1,"name":"n","tags":null}]'],
    ['an address that is none', '[{"id":1,"name":"n","tags":[],"publicAddress":"-oProxyCommand=x"}]'],
    ['a name that is none', '[{"id":1,"name":{},"tags":[]}]'],
    ['an id that is none', '[{"id":"1","name":"n","tags":[]}]'],
    ['cut', '[{"id":1,"na'],
    ['nothing', ''],
    ['10 MB of zeros', Buffer.alloc(10_000_000)],
    ['binary', Buffer.from(Array.from({ length: 256 }, (_, n) => n))],
    ['deep', '['.repeat(100_000)],
  ];

  test.each(BAD)('%s counts as missing, and is written over', (_what, text) => {
    state.write('runs/none.json', '{}');
    for (const name of [
      'active.json',
      'nodes-default.json',
      'runs/a.json',
      'agreed-keys.json',
      'timings.json',
      'known_hosts',
    ]) {
      writeFileSync(join(state.folder, name), text);
    }
    expect(activeNode(state, 'default')).toBe(undefined);
    expect(knownNodes(state, 'default')).toEqual([]);
    expect(readRun(state, 'a')).toBe(undefined);
    expect(unfinishedRuns(state)).toEqual([]);
    expect(isAgreedKey(state, 'x')).toBe(false);
    for (const phases of readTimings(state).values()) expect(phases).toEqual({});
    const hostKeys = openHostKeys(state, 22);
    const node = { id: 1, name: 'node1', publicAddress: '192.0.2.1', tags: ['belt-run-a'] };
    expect(hostKeys.of(node)).toEqual([]);
    const { publicKey: line } = newKeyPair();
    const key = Buffer.from(line.split(' ')[1]!, 'base64');
    hostKeys.pin([node], key);
    expect(hostKeys.of(node)).toEqual([key]);
    hostKeys.forget([node]);
    expect(hostKeys.of(node)).toEqual([]);
    setActiveNode(state, 'default', 'node1');
    expect(activeNode(state, 'default')).toBe('node1');
    agreeToKey(state, 'x');
    expect(isAgreedKey(state, 'x')).toBe(true);
    rememberNodes(state, 'default', [node]);
    expect(knownNodes(state, 'default')).toEqual([node]);
  });

  test('what the API calls an address is none in known_hosts unless it is one', () => {
    const hostKeys = openHostKeys(state, 2222);
    const { publicKey: line } = newKeyPair();
    const key = Buffer.from(line.split(' ')[1]!, 'base64');
    const addresses = [
      '*',
      'github.com',
      '192.0.2.1,github.com',
      '192.0.2.1 ssh-ed25519 AAAA\ngithub.com',
      '@cert-authority *',
      '',
      '127.1',
      '192.0.2.7',
      '2001:db8::1',
    ];
    hostKeys.pin(
      addresses.map((publicAddress, n) => ({ id: n + 1, name: `n${n}`, publicAddress, tags: [] })),
      key,
    );
    const hosts = state
      .read('known_hosts')!
      .trim()
      .split('\n')
      .map((one) => one.split(' ')[0]);
    expect(hosts).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7].map((id) => `belt-${id}`),
      'belt-8,[192.0.2.7]:2222',
      'belt-9,[2001:db8::1]:2222',
    ]);
  });
});
