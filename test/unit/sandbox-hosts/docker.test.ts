import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, masked, open, startWorld, until, type World } from './with-hosts.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['node1', 'node2', 'node3', 'node10']) await world.add(name);
});
afterAll(() => world.close());

/** What `docker WORDS` prints on a host, with ids masked. */
async function docker(name: string, words: string) {
  const { stdout, stderr, code } = await world.run(name, `docker ${words}`);
  return { stdout: masked(stdout), stderr: masked(stderr), code };
}
const said = (stdout: string) => ({ stdout, stderr: '', code: 0 });
const failed = (stderr: string, code = 1) => ({ stdout: '', stderr, code });

describe('before there is a swarm', () => {
  test('docker version', async () => {
    const { stdout } = await docker('node1', 'version');
    expect(stdout).toMatch(/^Client: Docker Engine - Community\n Version: {11}28\.2\.2\n/);
    expect(stdout).toContain(
      '\nServer: Docker Engine - Community\n Engine:\n  Version:          28.2.2\n  API version:      1.50 (minimum version 1.24)\n',
    );
    expect(await docker('node1', "version --format '{{.Server.Version}}'")).toEqual(said('28.2.2\n'));
    expect(await docker('node1', '--version')).toEqual(said('Docker version 28.2.2, build e6534b4\n'));
  });

  test('docker info', async () => {
    expect((await docker('node1', 'info')).stdout).toContain('\n Swarm: inactive\n');
    expect(await docker('node1', "info -f '{{json .Swarm.LocalNodeState}} {{.Name}}'")).toEqual(
      said('"inactive" node1\n'),
    );
  });

  const notManager =
    'Error response from daemon: This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.\n';
  const usage = (command: string, rest: string, verb = 'Run') =>
    `\n\nUsage:  docker ${command} ${rest}\n\n${verb} 'docker ${command} --help' for more information\n`;

  test.each([
    ['node ls', notManager, 1],
    ['service ls', notManager, 1],
    ['swarm leave', 'Error response from daemon: This node is not part of a swarm\n', 1],
    ['bogus', "docker: unknown command: docker bogus\n\nRun 'docker --help' for more information\n", 1],
    [
      'swarm bogus',
      "docker: unknown command: docker swarm bogus\n\nUsage:  docker swarm\n\nRun 'docker swarm --help' for more information\n",
      1,
    ],
    ['run -d nginx', "docker: 'run' is not simulated by this sandbox\n", 125],
    [
      'service create --mount type=tmpfs nginx',
      "docker: 'service create --mount' is not simulated by this sandbox\n",
      125,
    ],
    ['help run', "docker: 'help run' is not simulated by this sandbox\n", 125],
    ['help bogus', 'unknown help topic: bogus\n', 1],
    ['--log-level=loud ps', 'Unable to parse logging level: loud\n', 1],
    ['service logs web', "docker: 'service logs' is not simulated by this sandbox\n", 125],
    ['swarm join', `docker: 'docker swarm join' requires 1 argument${usage('swarm join', '[OPTIONS] HOST:PORT')}`, 1],
    ['node ls x', `docker: 'docker node ls' accepts no arguments${usage('node ls', '[OPTIONS]')}`, 1],
    [
      'node rm',
      `docker: 'docker node rm' requires at least 1 argument${usage('node rm', '[OPTIONS] NODE [NODE...]', 'See')}`,
      1,
    ],
    [
      'service create --bogus nginx',
      `unknown flag: --bogus${usage('service create', '[OPTIONS] IMAGE [COMMAND] [ARG...]')}`,
      125,
    ],
    ['node ls -x', `unknown shorthand flag: 'x' in -x${usage('node ls', '[OPTIONS]')}`, 125],
    [
      '--bogus ps',
      "unknown flag: --bogus\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help' for more information\n",
      125,
    ],
    ['-H tcp://x:1 ps', 'Cannot connect to the Docker daemon at tcp://x:1. Is the docker daemon running?\n', 1],
    ['swarm join-token boss', 'unknown role boss\n', 1],
    [
      'swarm init --advertise-addr eth0',
      'Error response from daemon: interface eth0 has more than one IPv4 address (127.99.1.1 and 10.15.3.233)\n',
      1,
    ],
  ])('docker %s', async (words, stderr, code) => {
    expect(await docker('node1', words)).toEqual(failed(stderr, code));
  });

  test('help', async () => {
    const about = 'Usage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\nCommon Commands:\n';
    expect((await docker('node1', '')).stderr).toContain(about);
    expect((await docker('node1', 'help')).stdout).toContain(about);
    expect((await docker('node1', 'service')).stderr).toContain('\n  rollback    Revert changes to a service');
    expect((await docker('node1', 'container list --help')).stdout).toMatch(
      /^Usage: {2}docker container ls \[OPTIONS\]\n\nList containers\n/,
    );
    expect((await docker('node1', 'swarm join --help')).stdout).toMatch(
      /^Usage: {2}docker swarm join \[OPTIONS\] HOST:PORT\n\nJoin a swarm as a node and\/or manager\n\nOptions:\n/,
    );
  });
});

describe('save and load', () => {
  test('carry an image to another host', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'docker save hello-world');
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    await ended(channel);
    const archive = Buffer.concat(chunks);
    expect(archive.length).toBeGreaterThan(200 * 1024);
    expect(new Set(archive).size).toBe(256);

    const loaded = { stdout: 'Loaded image: hello-world:latest\n', stderr: '', code: 0 };
    expect(await world.run('node2', 'docker load -q', archive)).toEqual(loaded);
    const broken = Buffer.from(archive);
    broken[1000] = broken[1000]! ^ 1;
    expect((await world.run('node2', 'docker load', broken)).stderr).toMatch(/^Error response from daemon: /);
    expect((await world.run('node2', 'docker load', archive.subarray(0, 5000))).stderr).toBe(
      'Error response from daemon: unexpected EOF\n',
    );
    expect((await world.run('node2', 'docker load', 'hello')).code).toBe(1);
  });

  test('an image that is not there', async () => {
    expect(await docker('node1', 'save nope')).toEqual(failed('Error response from daemon: No such image: nope\n'));
    expect(await docker('node1', 'save nope:1')).toEqual(
      failed('Error response from daemon: reference does not exist\n'),
    );
  });
});

test('without a word of which address to take, in its command or its configuration, an engine asks', async () => {
  await world.add('bare', { userData: undefined });
  const { stderr, code } = await docker('bare', 'swarm init');
  expect({ code, stderr: stderr.replace(/[\d.]+ on/g, 'ADDRESS on') }).toEqual({
    code: 1,
    stderr:
      'Error response from daemon: could not choose an IP address to advertise since this system has multiple addresses on different interfaces (ADDRESS on eth0 and ADDRESS on eth1) - specify one with --advertise-addr\n',
  });
  expect((await docker('bare', 'swarm init --advertise-addr eth1')).code).toBe(0);
});

describe('the swarm of the book', () => {
  test('docker swarm init', async () => {
    expect(await docker('node1', 'swarm init')).toEqual(
      said(`Swarm initialized: current node (ID-OF-TWENTY-FIVE-LETTERS) is now a manager.

To add a worker to this swarm, run the following command:

    docker swarm join --token TOKEN 10.104.0.1:2377

To add a manager to this swarm, run 'docker swarm join-token manager' and follow the instructions.
`),
    );
  });

  test('docker swarm join', async () => {
    const { stdout } = await world.run('node1', 'docker swarm join-token -q worker');
    for (const name of ['node2', 'node3', 'node10']) {
      expect(await docker(name, `swarm join --token ${stdout.trim()} 10.104.0.1:2377`)).toEqual(
        said('This node joined a swarm as a worker.\n'),
      );
    }
  });

  test('docker node ls', async () => {
    expect(await docker('node1', 'node ls')).toEqual(
      said(`ID                            HOSTNAME   STATUS    AVAILABILITY   MANAGER STATUS   ENGINE VERSION
ID-OF-TWENTY-FIVE-LETTERS *   node1      Ready     Active         Leader           28.2.2
ID-OF-TWENTY-FIVE-LETTERS     node2      Ready     Active                          28.2.2
ID-OF-TWENTY-FIVE-LETTERS     node3      Ready     Active                          28.2.2
ID-OF-TWENTY-FIVE-LETTERS     node10     Ready     Active                          28.2.2
`),
    );
    expect(await docker('node1', "node ls --filter name=node1 --format '{{.Hostname}} {{.Self}}'")).toEqual(
      said('node1 true\nnode10 false\n'),
    );
    const { stdout } = await docker('node1', 'node ls --format json');
    expect(stdout.split('\n')[0]).toBe(
      '{"Availability":"Active","EngineVersion":"28.2.2","Hostname":"node1","ID":"ID-OF-TWENTY-FIVE-LETTERS","ManagerStatus":"Leader","Self":true,"Status":"Ready","TLSStatus":"Ready"}',
    );
    expect(await docker('node1', "node ls --format 'table {{.Hostname}}\\t{{.Status}}' -f name=node2")).toEqual(
      said('HOSTNAME   STATUS\nnode2      Ready\n'),
    );
  });

  test('docker service create', async () => {
    const { stdout, code } = await docker('node1', 'service create --name nginx --replicas 2 -p 80:80 nginx');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ID-OF-TWENTY-FIVE-LETTERS\noverall progress: 0 out of 2 tasks\n1\/2: {2}\n2\/2: {2}\n/);
    expect(stdout).toContain(
      '\noverall progress: 2 out of 2 tasks\nverify: Waiting 5 seconds to verify that tasks are stable...\n',
    );
    expect(stdout).toMatch(/\nverify: Service ID-OF-TWENTY-FIVE-LETTERS converged\n$/);
  });

  test('docker service ls', async () => {
    expect(await docker('node1', 'service ls')).toEqual(
      said(`ID             NAME      MODE         REPLICAS   IMAGE          PORTS
SHORT-ID----   nginx     replicated   2/2        nginx:latest   *:80->80/tcp
`),
    );
  });

  test('docker service scale', async () => {
    const { stdout } = await docker('node1', 'service scale nginx=4');
    expect(stdout).toMatch(
      /^nginx scaled to 4\noverall progress: 0 out of 4 tasks\n1\/4: {2}\n2\/4: {2}\n3\/4: {2}\n4\/4: {2}\n/,
    );
    expect(stdout).toMatch(/\nverify: Service nginx converged\n$/);
  });

  test('docker service ps: a task on every node', async () => {
    const { stdout } = await docker('node1', "service ps nginx --format '{{.Name}} {{.Node}} {{.DesiredState}}'");
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['nginx.1', 'nginx.2', 'nginx.3', 'nginx.4']);
    expect(new Set(lines.map((line) => line.split(' ')[1]))).toEqual(new Set(['node1', 'node2', 'node3', 'node10']));
    expect((await docker('node2', 'ps')).stdout).toMatch(/nginx:latest .* nginx\.\d\.ID-OF-TWENTY-FIVE-LETTERS\n$/);
    expect((await docker('node2', 'images')).stdout).toContain('nginx         latest ');
  });

  test('draining a node moves its tasks', async () => {
    expect(await docker('node1', 'node update --availability drain node2')).toEqual(said('node2\n'));
    const nodes = async () =>
      (await docker('node1', "service ps -f desired-state=running --format '{{.Node}} {{.CurrentState}}' nginx"))
        .stdout;
    await until(async () => {
      const lines = (await nodes()).trim().split('\n');
      return lines.length === 4 && lines.every((line) => line.includes('Running') && !line.startsWith('node2 '));
    });
    const { stdout } = await docker('node1', 'service ps nginx');
    expect(stdout).toMatch(/\n\S+ {4}\\_ nginx\.\d +nginx:latest +node2 +Shutdown +Shutdown JUST NOW/);
  });

  test.each([
    [
      'service create -d --name nginx nginx',
      'rpc error: code = AlreadyExists desc = name conflicts with an existing object: service nginx already exists',
    ],
    [
      'node rm node3',
      "rpc error: code = FailedPrecondition desc = node ID-OF-TWENTY-FIVE-LETTERS is not down and can't be removed",
    ],
    [
      'node demote node1',
      'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm',
    ],
    ['node inspect -f {{.ID}} nope', 'node nope not found'],
    [
      'swarm init',
      'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.',
    ],
  ])('docker %s is refused', async (words, message) => {
    const { stderr, code } = await docker('node1', words);
    expect({ stderr, code }).toEqual({ stderr: `Error response from daemon: ${message}\n`, code: 1 });
  });

  test('labels, constraints, an update', async () => {
    expect(await docker('node1', 'node update --label-add disk=ssd node3')).toEqual(said('node3\n'));
    await docker('node1', 'service create -q --name db --constraint node.labels.disk==ssd -e A=b redis');
    await until(async () => (await docker('node1', "service ps db --format '{{.Node}}'")).stdout === 'node3\n');
    expect(await docker('node1', 'service update -d --image redis:8 --env-add C=d db')).toEqual(said('db\n'));
    await until(async () => (await docker('node3', 'ps')).stdout.includes('redis:8'));
    expect(await docker('node1', "service inspect -f '{{json .Spec.TaskTemplate.ContainerSpec.Env}}' db")).toEqual(
      said('["A=b","C=d"]\n'),
    );
    expect(await docker('node1', 'service rm db nope')).toEqual({
      stdout: 'db\n',
      stderr: 'Error response from daemon: service nope not found\n',
      code: 1,
    });
  });

  test('promote, demote, leave, rm', async () => {
    expect(await docker('node1', 'node promote node3')).toEqual(
      said('Node node3 promoted to a manager in the swarm.\n'),
    );
    const status = async () =>
      (await docker('node1', "node ls -f name=node3 --format '{{.Status}} {{.ManagerStatus}}'")).stdout;
    await until(async () => (await status()) === 'Ready Reachable\n');
    expect((await docker('node1', 'node rm node3')).stderr).toContain(
      'is a cluster manager and is a member of the raft cluster',
    );
    expect(await docker('node1', 'node demote node3')).toEqual(said('Manager node3 demoted in the swarm.\n'));
    await until(async () => (await status()) === 'Ready \n');
    expect(await docker('node3', 'swarm leave')).toEqual(said('Node left the swarm.\n'));
    await until(async () => (await status()) === 'Down \n');
    expect(await docker('node1', 'node rm node3')).toEqual(said('node3\n'));
  });
});
