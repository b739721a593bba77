// `belt with` and several nodes: one Docker API over their engines.
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { act, onHost } from '../support/probe.ts';

/** Prints the status and body of what is answered to each METHOD and PATH, one after the other. */
const ASK = `
const http = require('node:http');
const socketPath = process.env.DOCKER_HOST.replace('unix://', '');
const ask = (method, path) => new Promise((resolve) => {
  const request = http.request({ socketPath, method, path, agent: false }, (response) => {
    let text = '';
    response.on('data', (part) => { text += part; }).on('end', () => resolve([response.statusCode, text.trim()].join(' ')));
  });
  request.on('error', (error) => resolve(error.code)).end();
});
(async () => { for (const one of process.argv.slice(1)) console.log(await ask(...one.split(' '))); })();
`;

const w = world();
beforeAll(async () => {
  await w.sandbox();
  for (const words of ['create 512mb node[1:3]', 'swarm init node1', 'swarm join node1 node[2:3]']) await must(words);
  w.env['XDG_RUNTIME_DIR'] = w.home;
  chmodSync(w.home, 0o700);
});
afterAll(() => w.end());

async function must(words: string): Promise<void> {
  const { code, stderr } = await w.belt(words);
  if (code !== 0) throw new Error(stderr);
}

const ask = (pattern: string, ...requests: string[]) =>
  w.belt(['with', pattern, '--', process.execPath, '-e', ASK, ...requests]);
const json = async (pattern: string, request: string) => {
  const { stdout } = await ask(pattern, request);
  return JSON.parse(stdout.replace(/^200 /, ''));
};

describe('the nodes as one', () => {
  test('answers a ping, and says of itself what Swarm v1 said', async () => {
    expect((await ask('@all', 'GET /_ping')).stdout).toBe('200 OK\n');
    const info = await json('@all', 'GET /v1.41/info');
    expect(info.SystemStatus.slice(0, 5)).toEqual([
      ['Role', 'primary'],
      ['Strategy', 'spread'],
      ['Filters', 'health, port, containerslots, dependency, affinity, constraint, whitelist'],
      ['Nodes', '3'],
      [' node1', expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)],
    ]);
    expect(info.Name).toBe('belt (default)');
    const { Components } = await json('node[1:2]', 'GET /version');
    expect(Components.map(({ Name }: { Name: string }) => Name)).toEqual(['node1', 'node2']);
  });

  test('the strategy is the option’s', async () => {
    const { stdout } = await w.belt([
      ...['with', '--strategy', 'binpack', '@all', '--', process.execPath, '-e', ASK, 'GET /info'],
    ]);
    expect(stdout).toContain('["Strategy","binpack"]');
    expect(await w.belt('with --strategy best @all -- true')).toMatchObject({ code: 2 });
  });

  test('the containers of all of them, with their nodes', async () => {
    await must('docker service create --name app --replicas 3 nginx');
    const names = (await json('@all', 'GET /containers/json')).flatMap(({ Names }: { Names: string[] }) => Names);
    expect(names.map((name: string) => name.replace(/\.[a-z0-9]{25}$/, '')).toSorted()).toEqual([
      expect.stringMatching(/^\/node1\/app\.[123]$/),
      expect.stringMatching(/^\/node2\/app\.[123]$/),
      expect.stringMatching(/^\/node3\/app\.[123]$/),
    ]);
    const some = await json('@all', 'GET /containers/json?filters={"node":["node2"]}');
    expect(some).toHaveLength(1);
    expect(some[0].Names[0]).toMatch(/^\/node2\//);
  });

  test('what a manager knows', async () => {
    expect(await json('@all', 'GET /nodes')).toHaveLength(3);
    const { stdout } = await ask('node[2:3]', 'GET /nodes');
    expect(stdout).toBe('503 {"message":"no manager of the swarm answers among these nodes"}\n');
  });

  test('what means nothing over several engines is refused by its name', async () => {
    const { stdout, stderr } = await ask('@all', 'POST /swarm/leave', 'POST /plugins/pull', 'GET /v1.99/info');
    expect(stdout.split('\n')).toEqual([
      '501 {"message":"POST /swarm/leave is not supported over several engines: ask one, with belt with NODE"}',
      '501 {"message":"POST /plugins/pull is not supported over several engines: ask one, with belt with NODE"}',
      '400 {"message":"client version 1.99 is too new. Maximum supported API version is 1.50"}',
      '',
    ]);
    expect(stderr).toBe(
      'the Docker client here is too new for node[1:3]: it speaks API 1.99, the engines at most 1.50; ' +
        "the nodes' own clients fit: belt --host node[1:3] docker …\n",
    );
  });

  test('a container that is not there', async () => {
    expect((await ask('@all', 'GET /containers/none/json')).stdout).toBe('404 {"message":"No such container: none"}\n');
  });

  test('the program is told of the socket alone, and nothing is left', async () => {
    const { stdout } = await w.belt(['with', '@all', '--', 'env'], { env: { DOCKER_MACHINE_NAME: 'node1' } });
    expect(stdout.split('\n').filter((line) => line.startsWith('DOCKER_'))).toEqual([
      expect.stringMatching(/^DOCKER_HOST=unix:\/\/.*\/belt-with-\w{6}\/docker\.sock$/),
    ]);
    expect(readdirSync(w.home).filter((name) => name.startsWith('belt-with'))).toEqual([]);
  });

  test('the exit code is the program’s', async () => {
    expect(await w.belt(['with', '@all', '--', 'sh', '-c', 'exit 7'])).toEqual({ code: 7, stdout: '', stderr: '' });
  });
});

const hasClient = spawnSync('docker', ['--version']).status === 0;

describe.skipIf(!hasClient)('the docker of this machine', () => {
  test('the session of the book: a container a node for a port, and one more is refused', async () => {
    const run = `for n in 1 2 3 4; do docker run -d --name web$n -p 8080:80 nginx >/dev/null 2>err || tail -n +1 err; done`;
    const script = [
      run,
      `docker ps --filter name=web --format '{{.Names}} {{.Ports}}' | sort`,
      'docker rm -f web1 web2 web3',
    ];
    const { stdout } = await w.belt(['with', '@all', '--', 'sh', '-c', script.join('; ')]);
    expect(stdout.replaceAll(/node(\d)\/web(\d)/g, 'node/web$2').split('\n')).toEqual([
      'docker: Error response from daemon: Unable to find a node that satisfies the following conditions ',
      '[port 8080 (Bridge mode)]',
      '',
      "Run 'docker run --help' for more information",
      ...[1, 2, 3].map((n) => expect.stringMatching(RegExp(`^node/web${n} 127\\.1\\.0\\.\\d:8080->80/tcp$`))),
      ...['web1', 'web2', 'web3', ''],
    ]);
    expect(new Set(stdout.match(/node\d\/web/g)).size).toBe(3);
  });
});

describe('a node that does not answer', () => {
  test('from the beginning: told, and the others serve', async () => {
    await must('create 512mb off1');
    await act(w, 'off1', 'power_off');
    const { code, stdout, stderr } = await ask('@all', 'GET /containers/off1/x/json', 'GET /containers/none/json');
    const lines = stdout.split('\n');
    expect(code).toBe(0);
    expect(lines[1]).toBe('500 {"message":"No such container on the nodes that answer: none; not answering: off1"}');
    expect(stderr).toMatch(/^warning: off1 does not answer, and is left out until it does: /);
    await must('rm off1 -y');
  });

  test('one whose address answers nothing holds up no start: it is waited for for 2 s', async () => {
    await must('create 512mb mute1');
    const address = (await w.belt('ip mute1')).stdout.trim();
    await act(w, 'mute1', 'power_off');
    const taken = new Set<net.Socket>();
    // Who connects is told nothing, as by a droplet that is off, whose address drops what is sent to it.
    const mute = net.createServer((socket) => void taken.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => mute.listen(Number(w.env['DIGITALOCEAN_SSH_PORT']), address, resolve));
    const { code, stdout, stderr } = await ask('@all', 'GET /containers/mute1/x/json');
    mute.close();
    for (const socket of taken) socket.destroy();
    await must('rm mute1 -y');
    expect([code, stdout]).toEqual([
      0,
      '500 {"message":"No such container on the nodes that answer: mute1/x; not answering: mute1"}\n',
    ]);
    expect(stderr).toBe(
      'warning: mute1 does not answer, and is left out until it does: no SSH connection within 2 s\n',
    );
  });

  test('a frozen engine: waited for once, and named', async () => {
    await onHost(w, 'node3', 'pkill -STOP dockerd');
    const { code, stdout, stderr } = await ask('@all', 'GET /containers/none/json', 'GET /_ping');
    await onHost(w, 'node3', 'pkill -CONT dockerd');
    expect([code, stdout]).toEqual([
      0,
      '500 {"message":"No such container on the nodes that answer: none; not answering: node3"}\n200 OK\n',
    ]);
    expect(stderr).toBe(
      'warning: node3 does not answer, and is left out until it does: its Docker engine is silent (2 s)\n',
    );
  });

  test('none that answers: 255, and the program is not started', async () => {
    await must('create 512mb gone[1:2]');
    for (const name of ['gone1', 'gone2']) await act(w, name, 'power_off');
    const { code, stdout, stderr } = await w.belt('with gone[1:2] -- echo started');
    expect([code, stdout]).toEqual([255, '']);
    expect(stderr).toMatch(/^error: gone1 \(/);
  });
});
