// A `.belt/` as an older belt kept it beside .belt.yaml.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { activeNode, readRun } from '../../../src/config/choices.ts';
import { chosenCluster } from '../../../src/config/projects.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { openState, type State } from '../../../src/config/state.ts';
import type { Context } from '../../../src/context.ts';
import { newKeyPair } from '../../../src/new-key.ts';
import { oldState, openUserState } from '../../../src/user-state.ts';

const line = () => newKeyPair().publicKey;
const RUN = { id: 'r1-abc', cluster: 'default', startedAt: 1, hostKey: 'ssh-ed25519 AAAA', inFlight: ['n'], sentAt: 2 };

let root = '';
let pins = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-old-'));
  for (const name of ['home', 'repo', 'repo/.belt', 'repo/.belt/runs']) mkdirSync(join(root, name), { mode: 0o755 });
  pins = `belt-1,192.0.2.1 ${line()}\nbelt-2 ${line()} interim\n`;
  const write = (name: string, text: string) => writeFileSync(join(root, 'repo/.belt', name), text, { mode: 0o600 });
  write('known_hosts', pins);
  write('active.json', '{"default":"node1"}\n');
  write('cluster', 'shop\n');
  write('runs/r1-abc.json', JSON.stringify(RUN));
  write('nodes-default.json', '[]');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const old = (name = '') => join(root, 'repo/.belt', name);

/** Opens the state as a command does; gives what was said, and what is in the account's state then. */
async function opened({ interactive = false, answer = '', project = 'repo' } = {}) {
  const said: string[] = [];
  const { PassThrough } = await import('node:stream');
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  stdin.end(`${answer}\n`);
  const settings = {
    projectFolder: join(root, project),
    stateFolder: join(root, 'state'),
    apiUrl: 'https://api.example.com',
  } as Settings;
  const parts: Partial<Context> = {
    home: join(root, 'home'),
    interactive,
    stdin: stdin as never,
    stderr: stderr as never,
    signal: new AbortController().signal,
    out: { warn: (text: string) => said.push(`warning: ${text}`), note: (text: string) => said.push(text) } as never,
  };
  const context = parts as Context;
  const found = await oldState(context, settings);
  const state: State = await openUserState(context, settings, found);
  return {
    said: said.join('\n'),
    pins: state.read('known_hosts'),
    active: activeNode(state, 'default'),
    run: readRun(state, 'r1-abc'),
    chosen: chosenCluster(settings),
  };
}

const NOTHING = { pins: undefined, active: undefined, run: undefined, chosen: undefined };

describe('in a project', () => {
  test('without a terminal it is ignored, and belt says so each time', async () => {
    for (const _ of [1, 2]) {
      const { said, ...kept } = await opened();
      expect(said).toBe(
        `warning: ${old()} is ignored (host keys, the active node, the chosen cluster, interrupted runs): ` +
          'it may have come with the folder; run belt in a terminal to adopt it, or: belt trust NODE',
      );
      expect(kept).toEqual(NOTHING);
    }
    expect(existsSync(old('known_hosts'))).toBe(true);
  });

  test('on a terminal the user is asked, once; anything but a yes is a no', async () => {
    const { said, ...kept } = await opened({ interactive: true, answer: 'n' });
    expect(said).toContain('holds host keys, the active node, the chosen cluster, interrupted runs.');
    expect(kept).toEqual(NOTHING);
    expect((await opened({ interactive: true, answer: 'y' })).said).toBe('');
  });

  test('after a yes it is moved, and belt says so', async () => {
    const { said, ...kept } = await opened({ interactive: true, answer: 'y' });
    expect(said).toContain(`${old()}: moved to ${join(root, 'state/accounts')}`);
    expect(kept).toEqual({ pins, active: 'node1', run: RUN, chosen: 'shop' });
    for (const name of ['known_hosts', 'active.json', 'cluster', 'runs/r1-abc.json', 'nodes-default.json']) {
      expect(existsSync(old(name))).toBe(false);
    }
    expect(await opened()).toMatchObject({ said: '', pins, active: 'node1', chosen: 'shop' });
  });

  test('what is known already holds, and lines that are no pins of droplets stay out', async () => {
    const mine = `belt-1,192.0.2.9 ${line()}\n`;
    const { folder } = await openUserStateOnly();
    openState(folder).write('known_hosts', mine);
    const good = `belt-3 ${line()}`;
    const bad = [
      `* ${line()}`,
      `github.com ${line()}`,
      `belt-4,github.com ${line()}`,
      `@cert-authority * ${line()}`,
      `belt-5 ${line()} x y`,
      'belt-6',
    ];
    writeFileSync(old('known_hosts'), `${pins}${bad.join('\n')}\n${good}\n`);
    const { pins: now } = await opened({ interactive: true, answer: 'y' });
    expect(now).toBe(`${mine}${pins.split('\n')[1]}\n${good}\n`);
  });

  const openUserStateOnly = async () => {
    rmSync(join(root, 'state'), { recursive: true, force: true });
    const settings = {
      projectFolder: join(root, 'home'),
      stateFolder: join(root, 'state'),
      apiUrl: 'https://api.example.com',
    };
    return openUserState({} as Context, settings as Settings, undefined);
  };
});

describe.skipIf(process.platform === 'win32')('is refused, whatever the answer', () => {
  test.each<[string, () => void, string, boolean?]>([
    [
      'a link',
      () => {
        rmSync(old(), { recursive: true });
        mkdirSync(join(root, 'theirs'));
        writeFileSync(join(root, 'theirs/known_hosts'), pins);
        symlinkSync('../theirs', join(root, 'repo/.belt'));
      },
      'is a symbolic link',
    ],
    [
      'a link in it',
      () => {
        rmSync(old('known_hosts'));
        symlinkSync(old('active.json'), old('known_hosts'));
      },
      'is a symbolic link',
    ],
    ['writable by the group', () => chmodSync(old(), 0o775), 'others can write to'],
    ['a file writable by all', () => chmodSync(old('known_hosts'), 0o666), 'others can write to'],
    [
      'checked in to git',
      () => {
        mkdirSync(join(root, 'repo/.git'));
        writeFileSync(join(root, 'repo/.git/index'), 'DIRC\0\0\0\x02.belt/known_hosts\0');
      },
      'is checked in to git',
    ],
    [
      'checked in further up',
      () => {
        mkdirSync(join(root, '.git'));
        writeFileSync(join(root, '.git/index'), 'DIRC\0\0\0\x02repo/.belt/active.json\0');
      },
      'is checked in to git',
    ],
    ["somebody else's", () => chownSync(old(), 12_345, 12_345), 'belongs to another user', true],
    ["somebody else's file", () => chownSync(old('cluster'), 12_345, 12_345), 'belongs to another user', true],
  ])('%s', async (_what, make, why, needsRoot = false) => {
    if (needsRoot && process.getuid?.() !== 0) return;
    make();
    const { said, ...kept } = await opened({ interactive: true, answer: 'y' });
    expect(said).toContain(why);
    expect(said).toMatch(/^warning: .* is ignored/);
    expect(kept).toEqual(NOTHING);
  });
});

test.skipIf(process.platform === 'win32')("a pipe in place of git's index holds nothing up", async () => {
  mkdirSync(join(root, 'repo/.git'));
  spawnSync('mkfifo', [join(root, 'repo/.git/index')]);
  expect((await opened({ interactive: true, answer: 'y' })).said).not.toContain('is ignored');
});

describe('in the home', () => {
  beforeEach(() => {
    rmSync(join(root, 'home'), { recursive: true });
    mkdirSync(join(root, 'home'));
    mkdirSync(join(root, 'home/.belt'), { mode: 0o755 });
    writeFileSync(join(root, 'home/.belt/known_hosts'), pins, { mode: 0o600 });
  });

  test('it is moved without a question, since it came with nothing', async () => {
    const { said, pins: now } = await opened({ project: 'home' });
    expect(said).toContain('.belt: moved to ');
    expect(now).toBe(pins);
  });

  test('unless others can write to it', async () => {
    chmodSync(join(root, 'home/.belt'), 0o777);
    expect(await opened({ project: 'home' })).toMatchObject({
      pins: undefined,
      said: expect.stringContaining('others can write'),
    });
  });
});
