// The Engine API of simulated hosts, asked by docker's own client where that is installed.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial, type Result, startWorld, until, type World } from './with-hosts.ts';

const hasClient = spawnSync('docker', ['--version']).status === 0;

describe.skipIf(!hasClient)("docker's own client", () => {
  let world: World;
  let folder: string;
  const sockets: Server[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'belt-client-'));
    world = await startWorld();
    for (const name of ['node1', 'node2']) await serve(name);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.close();
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A socket of this machine's that leads to the host's engine. */
  async function serve(name: string): Promise<void> {
    await world.add(name);
    const client = await world.connect(name);
    const server = createServer(async (socket) => {
      const stream = await dial(client);
      socket.pipe(stream).pipe(socket);
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
    sockets.push(server);
  }

  const docker = (name: string, ...words: string[]): Promise<Result> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'], DOCKER_CONFIG: folder };
      execFile('docker', ['-H', `unix://${join(folder, name)}`, ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
  const said = async (name: string, ...words: string[]) => {
    const { stdout, stderr, code } = await docker(name, ...words);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    return stdout.trim();
  };

  test('makes a swarm of two and lists it', async () => {
    expect(await said('node1', 'swarm', 'init')).toContain('is now a manager');
    const token = await said('node1', 'swarm', 'join-token', '-q', 'worker');
    expect(await said('node2', 'swarm', 'join', '--token', token, '10.104.0.1:2377')).toBe(
      'This node joined a swarm as a worker.',
    );
    const format = '{{.Hostname}} {{.Status}} {{.ManagerStatus}}';
    expect((await said('node1', 'node', 'ls', '--format', format)).split('\n').map((line) => line.trim())).toEqual([
      'node1 Ready Leader',
      'node2 Ready',
    ]);
    expect(await said('node2', 'info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')).toBe(
      'active false',
    );
  });

  test('changes a node', async () => {
    await said('node1', 'node', 'update', '--label-add', 'tier=web', '--availability', 'drain', 'node2');
    expect(await said('node1', 'node', 'inspect', '--format', '{{.Spec.Availability}} {{.Spec.Labels}}', 'node2')).toBe(
      'drain map[tier:web]',
    );
  });

  test('runs a service and scales it', async () => {
    const create = ['service', 'create', '--detach', '--no-resolve-image', '--name', 'web', '-p', '80:80', 'nginx'];
    await said('node1', ...create);
    await said('node1', 'service', 'scale', '--detach', 'web=2');
    const list = () => said('node1', 'service', 'ls', '--format', '{{.Name}} {{.Replicas}} {{.Ports}}');
    await until(async () => (await list()) === 'web 2/2 *:80->80/tcp');
    expect(await said('node1', 'ps', '--quiet')).toMatch(/^[0-9a-f]{12}\n[0-9a-f]{12}$/);
  });

  test.each([
    'node ls',
    'node ls -q',
    'node ls --filter name=node2 --format {{.Hostname}}:{{.Availability}}',
    'node inspect --format {{.Description.Hostname}}:{{.Spec.Labels}} node2',
    'service ls',
    'service ps web --format {{.Name}}:{{.Node}}:{{.DesiredState}}:{{.Image}}',
    'ps --format {{.Names}}:{{.Image}}:{{.Ports}}',
    'swarm join-token worker',
    'swarm join-token -q manager',
    'info --format {{.Name}}:{{.Swarm.NodeAddr}}',
    'node rm node1',
    'node demote node1',
    'swarm init',
    'swarm leave',
    'swarm unlock-key',
  ])('prints what the host prints: docker %s', async (line) => {
    expect(await docker('node1', ...line.split(' '))).toEqual(await world.run('node1', `docker ${line}`));
  });

  test('is told what is not supported', async () => {
    const { code, stderr } = await docker('node1', 'volume', 'ls');
    expect(code).toBe(1);
    expect(stderr).toContain('GET /volumes: not supported by simulated hosts: belt sandbox start --hosts engine');
  });

  test('runs containers in the background, each port once, until they are stopped', async () => {
    const run = (...words: string[]) => docker('node1', 'run', '-d', ...words);
    const first = await run('--name', 'one', '-p', '8080:80', 'alpine');
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/) });
    expect(first.stderr).toMatch(/^Unable to find image 'alpine:latest' locally\n/);
    expect(await run('--name', 'one', 'alpine')).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('Conflict'),
    });
    expect((await run('--name', 'two', '-p', '8080:80', 'alpine')).stderr).toContain('port is already allocated');
    const format = '{{.Names}} {{.State}} {{.Ports}}';
    expect(await said('node1', 'ps', '--filter', 'name=one', '--format', format)).toBe(
      'one running 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp',
    );
    const stats = '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.BlockIO}} {{.PIDs}}';
    expect(await said('node1', 'stats', '--no-stream', '--format', stats, 'one')).toMatch(
      /^one [0-9]\.\d\d% 20MiB \/ \S+[MG]iB 4\.19MB \/ 0B 2$/,
    );
    const waited = said('node1', 'wait', 'one');
    expect(await said('node1', 'stop', 'one')).toBe('one');
    expect(await waited).toBe('0');
    expect(await said('node1', 'ps', '-a', '--format', '{{.Names}} {{.State}}', '--filter', 'status=created')).toBe(
      'two created',
    );
    expect(await said('node1', 'start', 'two')).toBe('two');
    expect((await docker('node1', 'rm', 'two')).stderr).toContain('container is running');
    expect(await said('node1', 'rm', '-f', 'one', 'two')).toBe('one\ntwo');
    expect(await said('node1', 'ps', '-aq', '--filter', 'name=two')).toBe('');
  });
});
