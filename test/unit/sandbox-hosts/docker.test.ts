import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial, masked, request, startWorld, until, type World } from './with-hosts.ts';

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
  test.each([
    ['node ls', notManager, 1],
    ['service ls', notManager, 1],
    ['swarm leave', 'Error response from daemon: This node is not part of a swarm\n', 1],
    ['swarm join-token boss', 'unknown role boss\n', 1],
    ['swarm init --availability asleep', 'Error response from daemon: invalid Availability: "asleep"\n', 1],
    [
      'swarm init --advertise-addr eth0',
      'Error response from daemon: interface eth0 has more than one IPv4 address (127.99.1.1 and 10.15.3.233)\n',
      1,
    ],
  ])('docker %s', async (words, stderr, code) => {
    expect(await docker('node1', words)).toEqual(failed(stderr, code));
  });

  test.each([
    ['', 'without a command'],
    ['bogus', 'bogus'],
    ['run --rm -e PASSWORD=hunter2 nginx', 'run'],
    ['swarm', 'swarm'],
    ['swarm ca --rotate', 'swarm ca'],
    ['help', 'help'],
    ['--help', '--help'],
    ['node ls --help', 'node ls --help'],
    ['-H tcp://x:1 ps', '-H'],
    ['--context=away ps', '--context'],
    ['ps --bogus', 'ps --bogus'],
    ['ps --bogus=hunter2', 'ps --bogus'],
    ['ps -qx', 'ps -x'],
    ['node ls --filter', 'node ls --filter without a value'],
    ['node ls --filter name', 'node ls --filter without a value'],
    ['swarm join', 'swarm join with 0 arguments'],
    ['node ls x', 'node ls with 1 argument'],
    ['node rm', 'node rm with 0 arguments'],
    ['service create nginx sleep 9', 'service create with 3 arguments'],
    ['service create --mount type=tmpfs nginx', 'service create --mount'],
    ['service create --replicas many nginx', 'service create --replicas with that value'],
    ['service create --mode global-job nginx', 'service create --mode of a job'],
    ['service create -p 127.0.0.1:80:80 nginx', 'service create with a port written so'],
    ['service create -p target=80,host=web nginx', 'service create with a port written so'],
    ['service create -p target=80,mode=far nginx', 'service create with a port written so'],
    ['service create --mode global --replicas 2 nginx', 'service: replicas of one that is global'],
    ['swarm leave --force=maybe', 'swarm leave --force with a value'],
    ['service scale web=many', 'service scale without SERVICE=NUMBER'],
    ["version --format '{{upper .Client.Os}}'", 'version --format with more than the names of fields that are there'],
    ["version --format '{{.Client.Bogus}}'", 'version --format with more than the names of fields that are there'],
    ["version --format '{{.Client.Os'", 'version --format with more than the names of fields that are there'],
    ["ps --format 'table {{.Names}}'", 'ps --format table'],
  ])('what is not supported is refused by name, without its values: docker %s', async (words, what) => {
    const why = 'not supported by simulated hosts: belt sandbox start --hosts engine';
    expect(await docker('node1', words)).toEqual(failed(`docker ${what}: ${why}\n`, 125));
  });
});

test('without a word of which address to take, in its command or its configuration, an engine asks', async () => {
  await world.add('bare', { userData: undefined });
  const { stderr, code } = await docker('bare', 'swarm init');
  expect({ code, stderr: stderr.replace(/[\d.]+ on/g, 'ADDRESS on') }).toEqual({
    code: 1,
    stderr:
      'Error response from daemon: could not choose an IP address to advertise since this system has multiple addresses on different interfaces (ADDRESS on eth0 and ADDRESS on eth1)\n',
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
      '{"Availability":"Active","EngineVersion":"28.2.2","Hostname":"node1","ID":"ID-OF-TWENTY-FIVE-LETTERS","ManagerStatus":"Leader","Self":true,"Status":"Ready"}',
    );
    expect(await docker('node1', "node ls --format '{{.Hostname}}\\t{{.Status}}' -f name=node2")).toEqual(
      said('node2\tReady\n'),
    );
  });

  test('docker service create', async () => {
    const { stdout, code } = await docker('node1', 'service create --name nginx --replicas 2 -p 80:80 nginx');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ID-OF-TWENTY-FIVE-LETTERS\noverall progress: 0 out of 2 tasks\n/);
    expect(stdout).toContain('\noverall progress: 2 out of 2 tasks\n');
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
    expect(stdout).toMatch(/^nginx scaled to 4\noverall progress: \d out of 4 tasks\n/);
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
    expect(await docker('node1', 'service update -d --image redis:8 db')).toEqual(said('db\n'));
    await until(async () => (await docker('node3', 'ps')).stdout.includes('redis:8'));
    const { body } = await request(await dial(await world.connect('node1')), 'GET /services/db');
    expect(JSON.parse(body).Spec.TaskTemplate.ContainerSpec.Env).toEqual(['A=b']);
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
