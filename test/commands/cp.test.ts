// `belt cp`: files into tasks and from them, by their service's name, on whichever node they run.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { inCluster, onHost, until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
  await w.belt('swarm join node1 node[2:3]');
  await w.belt('active node1');
  await w.belt('docker service create --name web --replicas 3 nginx');
  await w.belt('docker service create --name agent --mode global nginx');
  await w.belt('docker service create -d --name none --replicas 0 nginx');
  await until('the tasks run', async () => {
    const { stdout } = await w.belt('docker service ls --format {{.Replicas}}');
    return stdout.match(/3\/3/g)?.length === 2;
  });
  w.write('f', 'hello');
}, 60_000);
afterAll(() => w.end());
beforeEach(() => rmSync(here('back'), { recursive: true, force: true }));

const here = (...names: string[]) => join(w.cwd, ...names);
const text = (...names: string[]) => readFileSync(here(...names), 'utf8');
const done = (stderr: string) => ({ code: 0, stdout: '', stderr });
/** Of tasks that end in any order. */
const sorted = ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
  code,
  stdout,
  stderr: stderr.trim().split('\n').toSorted(),
});

test('a file into a task and back, with its mode and time', async () => {
  chmodSync(here('f'), 0o640);
  utimesSync(here('f'), 1_600_000_000, 1_600_000_000);
  expect(await w.belt('cp f web.2:/etc/')).toEqual(done('web.2 | 1 file, 5 B\n'));
  expect(await w.belt('cp web.2:/etc/f back')).toEqual(done('web.2 | 1 file, 5 B\n'));
  const { mode, mtimeMs } = statSync(here('back'));
  expect([text('back'), mode & 0o7777, mtimeMs]).toEqual(['hello', 0o640, 1_600_000_000_000]);
  expect(await w.belt('cp web.1:/etc/f back2')).toMatchObject({ code: 1 });
});

test('folders, and what is in them; several sources; a global service; a container', async () => {
  w.write('site/a/b.txt', 'b');
  expect(await w.belt('cp site f web.1:/srv')).toEqual(done('web.1 | 2 files, 6 B\n'));
  expect(await w.belt('cp site/. web.1:/srv/new')).toEqual(done('web.1 | 1 file, 1 B\n'));
  expect(await w.belt('cp web.1:/srv back')).toEqual(done('web.1 | 3 files, 7 B\n'));
  expect(readdirSync(here('back'), { recursive: true }).toSorted()).toEqual([
    'f',
    'new',
    'new/a',
    'new/a/b.txt',
    'site',
    'site/a',
    'site/a/b.txt',
  ]);
  expect(await w.belt('cp f agent.node3:/tmp')).toEqual(done('agent.node3 | 1 file, 5 B\n'));
  const { stdout } = await w.belt('--host node3 docker ps --filter name=agent --format {{.Names}}');
  expect(await w.belt(`cp node3/${stdout.trim()}:/tmp/. back`)).toEqual(done(`node3/${stdout.trim()} | 1 file, 5 B\n`));
  expect(text('back/f')).toBe('hello');
});

test('all tasks at once: into each, and from each to a folder of its own', async () => {
  const lines = ['3 ok', ...[1, 2, 3].map((n) => `web.${n} | 1 file, 5 B`)];
  expect(sorted(await w.belt(['cp', 'f', 'web.*:/opt/g']))).toEqual({ code: 0, stdout: '', stderr: lines });
  expect(sorted(await w.belt(['cp', 'web.*:/opt/g', 'back']))).toEqual({ code: 0, stdout: '', stderr: lines });
  expect(readdirSync(here('back')).toSorted()).toEqual(['web.1', 'web.2', 'web.3']);
  expect(text('back/web.3/g')).toBe('hello');
});

test('one task’s failure is its own', async () => {
  await w.belt('cp f web.2:/tmp/only2');
  const { code, stderr } = await w.belt(['cp', 'web.*:/tmp/only2', 'back']);
  expect(code).toBe(3);
  expect(stderr).toContain('web.1 | error: /tmp/only2: no such file or folder in web.1\nweb.1 | hint: look: ');
  expect(stderr).toMatch(/\n1 ok, 2 failed: web\.1, web\.3\n$/);
  expect(text('back/web.2/only2')).toBe('hello');
});

test('an archive, out and in', async () => {
  const { stdout, stderr } = await w.belt('cp web.2:/etc/f -');
  expect([stdout.slice(0, 2), stderr]).toEqual(['f\0', '']);
  expect(await w.belt('cp - web.3:/srv', { input: Buffer.from(stdout, 'latin1') })).toMatchObject({ code: 0 });
  await w.belt('cp web.3:/srv/f back');
  expect(text('back')).toBe('hello');
});

test('a service without a slot is the first; which is told', async () => {
  expect(await w.belt('cp f web:/tmp')).toEqual(
    done("into web.1, the first of 3 (another: web.2, all of them: 'web.*')\nweb.1 | 1 file, 5 B\n"),
  );
});

test('records for programs', async () => {
  const { stdout } = await w.belt('cp --json f web.2:/tmp/');
  expect(JSON.parse(stdout)).toEqual({
    task: 'web.2',
    node: expect.stringMatching(/^node[123]$/),
    exitCode: 0,
    files: 1,
    bytes: 5,
  });
});

describe('what cannot be', () => {
  beforeAll(() => {
    mkdirSync(here('dir'), { recursive: true });
    mkdirSync(here('x'), { recursive: true });
    writeFileSync(here('x/a:b'), 'x');
  });
  test.each([
    ['cp f', /^error: missing required argument|^error: /],
    [
      'cp f back',
      'error: belt cp copies into a task or from one: one side must be SERVICE[.SLOT]:PATH\nhint: here, use cp; to nodes, belt scp; such as: belt cp f web.1:/tmp/\n',
    ],
    [
      'cp web.1:/a web.2:/b',
      'error: belt cp does not copy from task to task\nhint: by a pipe: belt cp web.1:/a - | belt cp - web.2:/b\n',
    ],
    ['cp web.1:/a web.2:/b back', /^error: one source at a time from a task\n/],
    ['cp nofile web.1:/tmp', 'error: nofile: no such file or folder here\n'],
    ['cp f/ web.1:/tmp', /^error: f\/: a part of its path is not a folder here\n|^error: f\/: not a folder\n/],
    ['cp web.1:/etc no/such/place', /^error: .*\/no\/such: no such folder here\n$/],
    ['cp f wbe:/tmp', /^error: the swarm has no service wbe\n/],
    ['cp x/a:b web.1:/tmp', /^error: belt cp does not copy from task to task\n/],
    ['cp x/a:b dir', 'error: there is no node "x"\nhint: the file here is written ./x/a:b\n'],
    ['cp web: dir', 'error: "web:" names no path\nhint: such as: web:/tmp/\n'],
    ['cp --json web.1:/etc/hostname -', /^\{"error":\{"kind":"UsageError","message":"--json and an archive/],
    ['cp web.*:/etc -', /^error: several tasks do not go to one stdout\n/],
    ['cp web.*:/etc f', /^error: f: not a folder here\n/],
  ] as const)('%s', async (words, expected) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect([code, stdout]).toEqual([2, '']);
    if (typeof expected === 'string') expect(stderr).toBe(expected);
    else expect(stderr).toMatch(expected);
  });

  test.each([
    [
      'cp f web.1:/no/such',
      'web.1 | error: /no: no such folder in web.1\nweb.1 | hint: make it: belt sh web.1 -- mkdir -p /no\n',
    ],
    [
      'cp dir web.1:/etc/hostname',
      'web.1 | error: /etc/hostname: a file has this name, and the source is a folder in web.1\n',
    ],
    ['cp f web.1:/etc/hostname/', 'web.1 | error: /etc/hostname: not a folder in web.1\n'],
    ['cp web.1:/etc f', 'web.1 | error: PLACE/f: a file has this name, and the source is a folder here\n'],
    ['cp web.1:/etc/hostname dir/new/', 'web.1 | error: PLACE/dir/new: no such folder here\n'],
    ['cp none:/etc dir', 'error: none has no running task\nhint: see why: belt docker service ps --no-trunc none\n'],
    [
      'cp web.1:/run/secrets/key dir',
      'web.1 | error: /run/secrets/key: no such file or folder in web.1\nweb.1 | hint: its engine does not hand out what is mounted there; try: belt sh web.1 -- cat /run/secrets/key > FILE\n',
    ],
  ] as const)('%s', async (words, expected) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect([code, stdout, stderr.replaceAll(w.cwd, 'PLACE')]).toEqual([1, '', expected]);
  });
});

test('an engine that does not answer is given up', async () => {
  await onHost(w, 'node2', 'pkill -STOP dockerd');
  const { code, stderr } = await w
    .belt(['cp', 'web.*:/etc/hostname', 'back'])
    .finally(() => onHost(w, 'node2', 'pkill -CONT dockerd'));
  expect(code).toBe(3);
  expect(stderr).toMatch(/error: node2: its Docker engine does not answer/);
});

test('a link that an earlier copy left in the place of a task’s folder is not followed', async () => {
  mkdirSync(here('back'));
  mkdirSync(here('elsewhere'));
  symlinkSync('../elsewhere', here('back/web.2'));
  const { code, stderr } = await w.belt(['cp', 'web.*:/etc/hostname', 'back']);
  expect(code).toBe(3);
  expect(stderr).toContain(`${join('back', 'web.2')}: it is a link here, and nothing is copied through it\n`);
  expect(readdirSync(here('elsewhere'))).toEqual([]);
  expect(readdirSync(here('back', 'web.1'))).toEqual(['hostname']);
});

test('a task on a node outside the cluster is told, and not counted as done', async () => {
  await inCluster(w, 'node2', false);
  try {
    const { code, stderr } = await w.belt(['cp', 'f', 'web.*:/opt/h']);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^warning: web\.\d: not copied: it runs on node2, which is not a node of the cluster default$/m,
    );
    expect(stderr).toMatch(/^2 ok$/m);
  } finally {
    await inCluster(w, 'node2', true);
  }
});
