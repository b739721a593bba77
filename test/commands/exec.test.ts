import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Groups } from '../../src/commands/exec/groups.ts';
import type { Context } from '../../src/context.ts';
import type { Node } from '../../src/model/node.ts';
import { world } from '../support/belt.ts';
import { act, onHost, until } from '../support/probe.ts';
import { anOut } from '../unit/output/terminal.ts';

/** A file that each host has. */
const MADE = '/etc/ssh/ssh_host_ed25519_key.pub';

describe('belt exec', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:3]');
  });
  afterAll(() => w.end());

  const failed = (code: number, stderr: string) => ({ code, stdout: '', stderr });

  test('each line behind its node’s name, and a summary', async () => {
    const { code, stdout, stderr } = await w.belt('exec node[1:3] -- hostname');
    expect(stdout.split('\n').toSorted()).toEqual(['', 'node1 | node1', 'node2 | node2', 'node3 | node3']);
    expect([code, stderr]).toEqual([0, '3 ok\n']);
  });

  test('of one node there is no summary', async () => {
    expect(await w.belt('exec node1 -- hostname')).toEqual({ code: 0, stdout: 'node1 | node1\n', stderr: '' });
  });

  test('as JSON, an object a node', async () => {
    const { stdout } = await w.belt('exec --json node1,node3 -- hostname');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    ).toEqual([
      { node: 'node1', exitCode: 0, stdout: 'node1\n', stderr: '' },
      { node: 'node3', exitCode: 0, stdout: 'node3\n', stderr: '' },
    ]);
  });

  test('equal output once, under the nodes that gave it', async () => {
    expect(await w.belt('exec @all --group -- echo same')).toEqual({
      code: 0,
      stdout: 'node[1:3] (3 nodes):\nsame\n',
      stderr: '3 ok\n',
    });
  });

  test.each([
    ['a  b', "it's", '"', '$HOME', '*', '`x`', '\\', '-n', '--json', '', 'ä\n\ttwo'],
    ['--', '--', '-y'],
  ])('the words behind -- arrive byte for byte: %j', async (...words) => {
    const { stdout } = await w.belt(['exec', 'node1', '--json', '--', 'echo', '.', ...words]);
    expect(JSON.parse(stdout)).toMatchObject({ stdout: `${['.', ...words].join(' ')}\n` });
  });

  test('the highest exit code is belt’s, and the summary names who failed', async () => {
    await w.belt(`exec node1,node3 -- rm ${MADE}`);
    const { code, stderr } = await w.belt(`exec @all -- test -e ${MADE}`);
    expect([code, stderr]).toEqual([1, '1 ok, 2 failed: node[1,3]\n']);
  });

  test('--retry-failed runs it where it failed, and where it still has to', async () => {
    const again = `exec @all --retry-failed -- test -e ${MADE}`;
    expect(await w.belt(again)).toEqual(failed(1, '0 ok, 2 failed: node[1,3]\n'));
    await w.belt(`exec node1 -- test -e ${MADE}`);
    expect(await w.belt(again)).toEqual(failed(1, '0 ok, 2 failed: node[1,3]\n'));
    await w.belt('exec node1 -- true');
    const hint = 'hint: leave --retry-failed out to run it on all of them\n';
    expect(await w.belt(again)).toEqual(
      failed(2, `error: --retry-failed: your last belt exec in this cluster ran a different command\n${hint}`),
    );
    await w.belt('exec @all -- true');
    expect(await w.belt('exec @all --retry-failed -- true')).toEqual(
      failed(2, `error: --retry-failed: it failed on none of node[1:3] the last time\n${hint}`),
    );
  });

  test('nothing of the command or its variables is kept', async () => {
    await w.belt('exec node1 --env TOKEN=made-up-secret -- echo made-up-word');
    const state = w.env['BELT_STATE_DIR']!;
    const { stdout } = await w.belt('exec @all --env TOKEN=other --retry-failed -- echo made-up-word');
    expect(stdout).toBe('');
    const texts = readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    expect(texts.join('\n')).not.toMatch(/made-up-(secret|word)/);
  });

  test('a node that is down fails alone', async () => {
    await w.belt('create 512mb down1');
    await act(w, 'down1', 'power_off');
    const { code, stdout, stderr } = await w.belt('exec node1,down1 -- hostname');
    expect([code, stdout]).toEqual([255, 'node1 | node1\n']);
    expect(stderr).toMatch(/^down1 \| error: down1.*\ndown1 \| hint: it is powered off: .*\n1 ok, 1 failed: down1\n$/);
  });

  test('Ctrl-C while a node is being reached does not wait for it', async () => {
    await w.belt('create 512mb mute1');
    await act(w, 'mute1', 'power_off');
    // Whoever answers there says nothing.
    const mute = createServer();
    mute.listen(Number(w.env['DIGITALOCEAN_SSH_PORT']), (await w.belt('ip mute1')).stdout.trim());
    await once(mute, 'listening');
    const { outcome, interrupt } = w.start('exec mute1 -- hostname');
    const [socket] = await once(mute, 'connection');
    interrupt();
    expect(await outcome).toEqual({ code: 130, stdout: '', stderr: 'mute1 | error: interrupted before it started\n' });
    socket.destroy();
    mute.close();
  });

  test('Ctrl-C while it runs: what it ended did not fail, and is to be repeated', async () => {
    const runs = async (name: string) => (await onHost(w, name, 'ps -eo args=')).stdout.includes('cat');
    for (const words of ['exec node[1:2] -i -- cat', 'exec @all --retry-failed -i -- cat']) {
      const { outcome, interrupt } = w.start(words, { open: true });
      for (const name of ['node1', 'node2']) await until(`cat runs on ${name}`, () => runs(name));
      interrupt();
      expect(await outcome).toEqual({ code: 130, stdout: '', stderr: '0 ok, 2 interrupted: node[1:2]\n' });
    }
  });

  test('--timeout ends what takes longer, on its node alone', async () => {
    const { code, stdout, stderr } = await w.belt('exec node1 --timeout 1 -- sleep 60');
    expect([code, stdout, stderr]).toEqual([124, '', 'node1 | error: ended after 1 s, its --timeout\n']);
  });

  test('a state that cannot be written does not hide how it ended', async () => {
    const path = join(w.cwd, 'state');
    cpSync(w.env['BELT_STATE_DIR']!, path, { recursive: true });
    const [file] = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('last-exec.json'),
    );
    rmSync(join(path, file!));
    mkdirSync(join(path, file!));
    const { code, stdout, stderr } = await w.belt('exec node1 -- hostname', { env: { BELT_STATE_DIR: path } });
    expect([code, stdout]).toEqual([0, 'node1 | node1\n']);
    expect(stderr).toMatch(/^warning: --retry-failed will not know where this failed: /);
  });

  test('--fail-fast begins on no other node', async () => {
    const { code, stderr } = await w.belt('exec node[1:3] --concurrency 1 --fail-fast -- false');
    expect([code, stderr]).toEqual([
      1,
      'node2 | error: not run: node1 failed before\nnode3 | error: not run: node1 failed before\n' +
        '0 ok, 1 failed: node1, 2 not run: node[2:3]\n',
    ]);
  });

  test('no node matches: nothing is run, and that is an error', async () => {
    const none = await w.belt('exec @all -- true', { env: { BELT_CLUSTER: 'empty' } });
    expect([none.code, none.stdout]).toEqual([2, '']);
    expect(none.stderr).toMatch(/^error: .*@all/);
    const tagged = await w.belt('exec @tag:none -- true');
    expect([tagged.code, tagged.stdout]).toEqual([2, '']);
  });

  test.each([
    [
      'exec @all',
      'belt exec needs a command behind --',
      'such as: belt exec node1 -- uptime (or --shell for a line with pipes)',
    ],
    ['exec @all --shell ls -- pwd', '--shell and a command behind -- are two commands', 'leave one of them out'],
    [
      'exec @all -i --concurrency 64 -- cat',
      '--concurrency and -i exclude each other: what is piped in goes to all nodes at the same time',
      'to have them take turns, copy it there first: belt scp FILE PATTERN:/tmp/',
    ],
    [
      'exec @all -i --fail-fast -- cat',
      '--fail-fast and -i exclude each other: what is piped in goes to all nodes at the same time',
      'to have them take turns, copy it there first: belt scp FILE PATTERN:/tmp/',
    ],
    ['exec node1 ls -l', "unknown option '-l'", 'put -- before the command: belt exec node1 -- ls -l'],
    [
      'exec node1 ls',
      'belt exec takes 1 argument before --, not 2',
      'put -- before the command: belt exec node1 -- ls',
    ],
    ['exec nod1 -- ls', 'there is no node "nod1"', 'did you mean node1?'],
  ])('%s', async (words, message, hint) => {
    expect(await w.belt(words)).toEqual(failed(2, `error: ${message}\nhint: ${hint}\n`));
  });

  test('a variable without a name is refused', async () => {
    const hint = 'hint: a name is made of letters, digits and "_", and begins with no digit\n';
    for (const [given, name] of [
      ['=s3cret', ''],
      ['pass word=s3cret', 'pass word'],
      ['1A=s3=cret', '1A'],
    ] as const) {
      expect(await w.belt(['exec', 'node1', '--env', given, '--', 'ls'])).toEqual({
        code: 2,
        stdout: '',
        stderr: `error: --env: invalid name "${name}"\n${hint}`,
      });
    }
    expect((await w.belt('exec node1 --env s3cret -- ls')).stderr).toBe(
      'error: --env must be KEY=value: there is no "="\n',
    );
  });
});

describe('grouped output', () => {
  async function grouped(
    printed: Readonly<Record<string, { stdout?: string; stderr?: string; exitCode?: number }>>,
    { terminal = false } = {},
  ) {
    const { out, stdout, stderr } = await anOut({ terminal });
    const names = Object.keys(printed);
    const groups = new Groups(
      { out, stdout, stderr } as unknown as Context,
      names.map((name) => ({ name }) as Node),
    );
    for (const [index, name] of names.entries()) {
      const { stdout: text = '', stderr: trouble = '', exitCode = 0 } = printed[name]!;
      const sinks = groups.sinks(index);
      sinks.stdout.write(text);
      sinks.stderr.write(trouble);
      await sinks.finish();
      groups.ended(index, { name, exitCode });
    }
    await groups.print();
    return { stdout: stdout.written, stderr: stderr.written };
  }

  test('the most frequent is whole, other output is a difference to it', async () => {
    const same = { stdout: 'a\nb\nc\n' };
    expect(
      await grouped({ node1: { stdout: 'a\nB\nc\n' }, node2: same, node3: same, web: { stdout: 'a\nb\nc' } }),
    ).toEqual({
      stdout: 'node[2:3],web (3 nodes):\na\nb\nc\nnode1:\n@@\n a\n-b\n+B\n c\n',
      stderr: '',
    });
  });

  test('on a terminal no node can steer it, nor write over the name of another', async () => {
    const evil = { stdout: 'a\x1b]0;t\x07\x1b[31mred\n10%\r20%\n', stderr: 'x\x1b[2J\n' };
    const groups = { node1: evil, node2: evil, web: { stdout: 'a\x1b]0;t\x07\x1b[31mred\n\x1b[1Ab\n' } };
    expect(await grouped(groups, { terminal: true })).toEqual({
      stdout: [
        'node[1:2] (2 nodes):\na\\x1b]0;t\\x07\x1b[31mred\x1b[0m\n10%\n20%\n',
        'web:\n@@\n a\\x1b]0;t\\x07\x1b[31mred\x1b[0m\n-10%\n-20%\n+\\x1b[1Ab\n',
      ].join(''),
      stderr: 'x\\x1b[2J\n',
    });
    expect((await grouped(groups)).stdout).toContain('a\x1b]0;t\x07\x1b[31mred\n10%\r20%\n');
  });

  test('on a terminal, what differs only in what is not shown there is whole', async () => {
    const [bar, lines] = [{ stdout: 'a\rb\n' }, { stdout: 'a\nb\n' }];
    const { stdout } = await grouped({ node1: bar, node2: bar, web: lines }, { terminal: true });
    expect(stdout).toBe('node[1:2] (2 nodes):\na\nb\nweb:\na\nb\n');
  });

  test('where all differ, each is whole; another exit code is another output', async () => {
    expect(await grouped({ node1: { stdout: 'a' }, node2: { stdout: 'a', exitCode: 3, stderr: 'no\n' } })).toEqual({
      stdout: 'node1:\na\nnode2, exit code 3:\na\n',
      stderr: 'no\n',
    });
  });
});
