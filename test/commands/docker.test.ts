// `belt docker` behaves as docker would here: words, streams, exit codes; and it talks to the node that is meant.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/sandbox/random.ts';
import { type World, world } from '../support/belt.ts';
import { lines, processes, until } from '../support/probe.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3] db1');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
  await w.belt('docker swarm init');
});
afterAll(() => w.end());

const NOT_PLAYED = 'not supported by simulated hosts: belt sandbox start --hosts engine';
const said = (stdout: string) => ({ code: 0, stdout, stderr: '' });

describe.concurrent('the words reach docker byte for byte', () => {
  // A template without braces is its own output.
  it.each([
    ['spaces', 'two  words '],
    ['single quotes', "it's"],
    ['double quotes', 'say "hello"'],
    ['a dollar and a backquote', '$HOME `id` ${x}'],
    ['a newline', 'one\ntwo'],
    ['a backslash', 'a\\b\\'],
    ['other things a shell reads', '; rm -rf / & | > < * ? [a] {a,b} ~ # !'],
    ['not ASCII', 'grüße 世界 🐳'],
    ['an option of belt', '--host'],
    ['a number sign and equals', '=x#y'],
  ])('%s', async (_what, word) => {
    expect(await w.belt(['docker', 'version', '--format', word])).toEqual(said(`${word}\n`));
  });

  it('an empty word', async () => {
    const stderr = `docker ps with 1 argument: ${NOT_PLAYED}
`;
    expect(await w.belt(['docker', 'ps', ''])).toEqual({ code: 125, stdout: '', stderr });
  });

  it('a Go template', async () => {
    expect(await w.belt(['docker', 'version', '--format', '{{json .Client.Os}}'])).toEqual(said('"linux"\n'));
  });

  it.each([
    [['--help'], '--help'],
    [['help'], 'help'],
    [['ps', '--help'], 'ps --help'],
    [['-H', 'tcp://192.0.2.1:2375', 'ps'], '-H'],
    [['--host', 'tcp://192.0.2.1:2375', 'ps'], '--host'],
    [['ps', '--host', 'node2'], 'ps --host'],
    [['ps', '--json'], 'ps --json'],
    [['ps', '--trace'], 'ps --trace'],
    [['--', 'version'], '--'],
    [['ps', '--', 'x'], 'ps with 1 argument'],
  ])('docker %j is for docker to answer', async (words, what) => {
    const stderr = `docker ${what}: ${NOT_PLAYED}\n`;
    expect(await w.belt(['docker', ...words])).toEqual({ code: 125, stdout: '', stderr });
  });

  it('any forty words at once, as the host sees them', async () => {
    const random = seededRandom('argv');
    const words = Array.from({ length: 40 }, () => anyWord(random));
    const argv = ['docker', 'events', ...words.flatMap((word) => ['--filter', `label=${word}`])];
    const { outcome, interrupt } = w.start(['--host', 'db1', ...argv]);
    const found = await until('docker runs on the host', async () =>
      (await processes(w, 'db1')).find((line) => line.includes('docker events')),
    );
    interrupt();
    await outcome;
    const line = found.replace('echo $$ >&2; exec docker', '');
    // What a real shell makes of the line that the host was sent. ps breaks it at its newlines: the words have none.
    const read = execFileSync('sh', ['-c', `for word in docker ${line}; do printf '%s\\0' "$word"; done`], {
      encoding: 'utf8',
    });
    expect(read.split('\0').slice(0, -1)).toEqual(argv);
  });
});

function anyWord(random: Random): string {
  const alphabet = ` \t'"\`$\\!*?[]{}()<>|&;#~=%-+,./:@^_aZ09éß世🐳`;
  const characters = [...alphabet];
  return Array.from(
    { length: Math.floor(random() * 12) },
    () => characters[Math.floor(random() * characters.length)],
  ).join('');
}

describe.concurrent("docker's exit codes are belt's", () => {
  it.each([
    ['docker version', 0],
    ['--host node2 docker node ls', 1],
    ['docker swarm join-token king', 1],
    ['docker frobnicate', 125],
    ['docker ps --frobnicate', 125],
    ['docker run hello-world', 125],
  ])('belt %s: %i', async (words, code) => {
    const outcome = await w.belt(words);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr === '').toBe(code === 0);
    expect(outcome.stderr).not.toContain('error: ');
  });
});

describe.concurrent('many nodes', () => {
  it('each line behind its node, the names aligned', async () => {
    const { code, stdout, stderr } = await w.belt(['--host', 'node1,db1', 'docker', 'version', '--format', 'a\nb']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').filter((line) => line.startsWith('node1'))).toEqual(['node1 | a', 'node1 | b']);
    expect(stdout.split('\n').filter((line) => line.startsWith('db1'))).toEqual(['db1   | a', 'db1   | b']);
    expect(stdout.split('\n')).toHaveLength(5);
  });

  it('an object each with --json, and the highest exit code', async () => {
    const { code, stdout, stderr } = await w.belt(['--json', '--host', 'node[1:2]', 'docker', 'node', 'ls', '-q']);
    const told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(told.sort((a, b) => a.node.localeCompare(b.node))).toEqual([
      { node: 'node1', exitCode: 0, stdout: expect.stringMatching(/^[0-9a-z]{25}\n$/), stderr: '' },
      {
        node: 'node2',
        exitCode: 1,
        stdout: '',
        stderr: expect.stringMatching(/^Error response from daemon: This node is not a swarm manager\./),
      },
    ]);
  });

  it('stderr is prefixed on stderr', async () => {
    const { code, stdout, stderr } = await w.belt('--host node[2:3] docker ps --no');
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(
      stderr
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual(['node2', 'node3'].map((node) => `${node} | docker ps --no: ${NOT_PLAYED}`));
  });
});

describe.concurrent('which node', () => {
  const name = async (words: string[], env: Record<string, string> = {}) => {
    const { stdout, stderr } = await w.belt([...words, 'docker', 'info', '--format', '{{.Name}}'], { env });
    return stdout + stderr;
  };

  it.each<[string, string[], Record<string, string>, string]>([
    ['the active one', [], {}, 'node1'],
    ['--host', ['--host', 'node2'], {}, 'node2'],
    ['DOCKER_MACHINE_NAME', [], { DOCKER_MACHINE_NAME: 'node3' }, 'node3'],
    ['DOCKER_HOST', [], { DOCKER_HOST: 'tcp://127.1.0.4:2376' }, 'db1'],
    ['DOCKER_HOST by SSH', [], { DOCKER_HOST: 'ssh://root@127.1.0.2' }, 'node2'],
    ["DOCKER_HOST that is none of the cluster's", [], { DOCKER_HOST: 'unix:///var/run/docker.sock' }, 'node1'],
    ['the name before the address', [], { DOCKER_MACHINE_NAME: 'node3', DOCKER_HOST: 'tcp://127.1.0.4:2376' }, 'node3'],
    ['--host before both', ['--host', 'node2'], { DOCKER_MACHINE_NAME: 'node3' }, 'node2'],
  ])('%s', async (_what, words, env, node) => {
    expect(await name(words, env)).toBe(`${node}\n`);
  });

  it.each([
    [['--host', 'node2', 'ps'], 'node2'],
    [['-H', 'node[1:2]', 'ps'], "'node[1:2]'"],
  ])('a node behind docker: %s', async (words, node) => {
    expect(await w.belt(['docker', ...words])).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'error: behind belt docker, --host is docker’s own, and takes the address of an engine',
        `hint: nodes are named before it: belt --host ${node} docker …`,
      ),
    });
  });

  it('none is active: how to choose one', async () => {
    expect(await w.belt('docker ps', { env: { BELT_STATE_DIR: join(w.home, 'fresh') } })).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: no node is active',
        'hint: choose one: belt active db1 (or name it: belt --host db1 docker …)',
      ),
    });
  });
});
