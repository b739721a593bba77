import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dial, open, request, startWorld, until, type World } from './with-hosts.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['node1', 'node2', 'node3']) await world.add(name);
  await world.add('bare', { hasEngine: false });
});
afterAll(() => world.close());

async function api(name: string, head: string, body?: unknown) {
  const client = await world.connect(name);
  const answer = await request(await dial(client), head, body === undefined ? '' : JSON.stringify(body));
  client.end();
  return {
    status: answer.status,
    body: answer.body.startsWith('{') || /^["[]/.test(answer.body) ? JSON.parse(answer.body) : answer.body,
  };
}

describe('the socket', () => {
  test('answers over a stream, several times, with and without a version', async () => {
    const client = await world.connect('node1');
    const stream = await dial(client);
    expect(await request(stream, 'GET /_ping')).toEqual({ status: 200, body: 'OK' });
    const { body } = await request(stream, 'GET /v1.43/version');
    expect(JSON.parse(body)).toMatchObject({ Version: '28.2.2', ApiVersion: '1.50', MinAPIVersion: '1.24' });
  });

  test('answers on stdin and stdout of docker system dial-stdio', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'docker system dial-stdio');
    expect(await request(channel, 'GET /_ping')).toEqual({ status: 200, body: 'OK' });
    channel.end();
    await new Promise((resolve) => channel.once('close', resolve));
  });

  test('is not there without an engine, nor under another name', async () => {
    await expect(dial(await world.connect('bare'))).rejects.toMatchObject({ reason: 2 });
    await expect(dial(await world.connect('node1'), '/tmp/x.sock')).rejects.toMatchObject({ reason: 2 });
  });

  test.each([
    ['GET /v1.50/nope', 501, 'GET /nope: not supported by simulated hosts: belt sandbox start --hosts engine'],
    ['GET /v1.99/info', 400, 'client version 1.99 is too new. Maximum supported API version is 1.50'],
    [
      'GET /v1.20/info',
      400,
      'client version 1.20 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
    ],
    [
      'GET /nodes',
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    ],
    ['POST /swarm/leave', 503, 'This node is not part of a swarm'],
    ['POST /swarm/init', 400, 'invalid JSON: got EOF while reading request body'],
  ])('%s is refused', async (head, status, message) => {
    expect(await api('node3', head)).toEqual({ status, body: { message } });
  });
});

test.each([
  [['10.20.0.0/30'], 30, 'subnet size is out of range: 30'],
  [['fd00::/64'], 64, 'subnet size is out of range: 64'],
  [['10.20.0.0/16', '10.30.0.0/25'], 24, 'invalid CIDR: "10.30.0.0/25". Subnet size is too small for pool: 24'],
  [['10.20.0.0/25'], 0, 'invalid CIDR: "10.20.0.0/25". Subnet size is too small for pool: 24'],
  [['10.20.0.0'], 24, 'invalid base pool 10.20.0.0: invalid CIDR address: 10.20.0.0'],
])(
  'the address pools %j with subnets of %i bits are refused as engines do',
  async (DefaultAddrPool, SubnetSize, message) => {
    const order = { ListenAddr: '0.0.0.0:2377', DefaultAddrPool, SubnetSize };
    expect(await api('node3', 'POST /swarm/init', order)).toEqual({ status: 500, body: { message } });
  },
);

// Each answer is that of Docker 20.10 to the same request.
describe('what the swarm refuses', () => {
  const bytes = (length: number) => Buffer.alloc(length, 'a').toString('base64');
  const invalid = (what: string) => `rpc error: code = InvalidArgument desc = ${what}`;
  const SECRET_SIZE = invalid('secret data must be larger than 0 and less than 512000 bytes');
  const CONFIG_SIZE = invalid('config data must be larger than 0 and less than 1024000 bytes');
  const NAME = invalid(
    'invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end character must be [a-zA-Z0-9]',
  );
  const TWICE = invalid('EndpointSpec: duplicate published ports provided');
  const service = (Image: string, ...Ports: object[]) => ({
    Name: 'twice',
    TaskTemplate: { ContainerSpec: { Image } },
    EndpointSpec: { Ports },
  });
  beforeAll(async () => {
    await world.add('alone');
    const order = { ListenAddr: '0.0.0.0:2377', DataPathPort: 80 };
    expect(await api('alone', 'POST /swarm/init', order)).toEqual({
      status: 500,
      body: { message: 'Datapath port number is not in valid range (1024-49151) : 80' },
    });
    expect((await api('alone', 'POST /swarm/init', { ...order, DataPathPort: 7777 })).status).toBe(200);
  });

  test.each<[string, object | undefined, number, string]>([
    ['POST /secrets/create', { Name: 'x', Data: '' }, 400, SECRET_SIZE],
    ['POST /secrets/create', { Name: 'x', Data: bytes(512_000) }, 400, SECRET_SIZE],
    ['POST /configs/create', { Name: 'x', Data: bytes(1_024_000) }, 400, CONFIG_SIZE],
    ['POST /secrets/create', { Name: '-x', Data: bytes(1) }, 400, NAME],
    ['DELETE /secrets/nope', undefined, 404, 'secret nope not found'],
    ['DELETE /configs/nope', undefined, 404, 'config nope not found'],
    [
      'POST /services/create',
      service(
        'nginx',
        { TargetPort: 80, PublishedPort: 80 },
        { TargetPort: 81, PublishedPort: 80, PublishMode: 'host' },
      ),
      400,
      TWICE,
    ],
    [
      'POST /services/create',
      service('nginx:::'),
      400,
      invalid('ContainerSpec: "nginx:::" is not a valid repository/tag'),
    ],
  ])('%s', async (head, body, status, message) => {
    expect(await api('alone', head, body)).toEqual({ status, body: { message } });
  });

  test('what is just below a limit is taken', async () => {
    expect((await api('alone', 'POST /secrets/create', { Name: 'x', Data: bytes(511_999) })).status).toBe(201);
    expect((await api('alone', 'POST /configs/create', { Name: 'x', Data: bytes(1_023_999) })).status).toBe(201);
  });
});

test('a swarm: init, join, wrong tokens, roles, services', async () => {
  const id = await api('node1', 'POST /v1.50/swarm/init', { ListenAddr: '0.0.0.0:2377' });
  expect(id).toEqual({ status: 200, body: expect.stringMatching(/^[0-9a-z]{25}$/) });
  const again =
    'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.';
  expect(await api('node1', 'POST /swarm/init', {})).toEqual({ status: 503, body: { message: again } });
  const { JoinTokens } = (await api('node1', 'GET /swarm')).body;

  const join = (token: string) => ({ RemoteAddrs: ['10.104.0.1:2377'], JoinToken: token, ListenAddr: '0.0.0.0:2377' });
  expect(await api('node2', 'POST /swarm/join', join('x'))).toMatchObject({ body: { message: 'invalid join token' } });
  const wrong = JoinTokens.Worker.slice(0, -25) + 'a'.repeat(25);
  expect(await api('node2', 'POST /swarm/join', join(wrong))).toEqual({
    status: 400,
    body: { message: 'rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster' },
  });
  expect(await api('node2', 'POST /swarm/join', join(JoinTokens.Worker))).toEqual({ status: 200, body: '' });
  expect(await api('node3', 'POST /swarm/join', join(JoinTokens.Manager))).toEqual({ status: 200, body: '' });

  expect((await api('node2', 'GET /info')).body.Swarm).toMatchObject({
    NodeAddr: '10.104.0.2',
    LocalNodeState: 'active',
    ControlAvailable: false,
    RemoteManagers: expect.arrayContaining([{ NodeID: id.body, Addr: '10.104.0.1:2377' }]),
  });
  expect((await api('node2', 'GET /swarm')).body.message).toContain("Worker nodes can't be used to view");
  await until(async () => (await api('node1', 'GET /nodes/node3')).body.ManagerStatus?.Reachability === 'reachable');
  expect((await api('node1', `GET /nodes?filters=${encodeURIComponent('{"role":["manager"]}')}`)).body).toHaveLength(2);

  const spec = {
    Name: 'web',
    TaskTemplate: { ContainerSpec: { Image: 'nginx' } },
    Mode: { Replicated: { Replicas: 3 } },
  };
  const created = await api('node3', 'POST /services/create', spec);
  expect(created).toEqual({ status: 201, body: { ID: expect.any(String) } });
  const running = async () => (await api('node1', 'GET /services?status=true')).body[0].ServiceStatus.RunningTasks;
  await until(async () => (await running()) === 3);
  const tasks = (await api('node1', `GET /tasks?filters=${encodeURIComponent('{"service":{"web":true}}')}`)).body;
  expect(new Set(tasks.map((task: { NodeID: string }) => task.NodeID)).size).toBe(3);

  const service = (await api('node1', 'GET /services/web')).body;
  const stale = await api('node1', `POST /services/web/update?version=${service.Version.Index - 1}`, service.Spec);
  expect(stale).toEqual({ status: 500, body: { message: 'rpc error: code = Unknown desc = update out of sequence' } });

  // A rollback keeps the spec that it replaces, so that another one goes forward again: as in swarmkit.
  const scaled = { ...service.Spec, Mode: { Replicated: { Replicas: 1 } } };
  await api('node1', `POST /services/web/update?version=${service.Version.Index}`, scaled);
  const { Version } = (await api('node1', 'GET /services/web')).body;
  await api('node1', `POST /services/web/update?version=${Version.Index}&rollback=previous`, scaled);
  expect((await api('node1', 'GET /services/web')).body).toMatchObject({
    Spec: { Mode: { Replicated: { Replicas: 3 } } },
    PreviousSpec: { Mode: { Replicated: { Replicas: 1 } } },
  });
  expect(await api('node1', 'DELETE /services/web')).toEqual({ status: 200, body: '' });
  expect(await api('node1', 'GET /services/web')).toEqual({ status: 404, body: { message: 'service web not found' } });
});

test('an update of a service is told in swarmkit’s words, and each step is a new version', async () => {
  const quick = { UpdateConfig: { FailureAction: 'rollback', Monitor: 1e6 }, RollbackConfig: { Monitor: 1e6 } };
  const spec = (Image: string, more: object = quick) => ({
    Name: 'app',
    TaskTemplate: { ContainerSpec: { Image } },
    Mode: { Replicated: { Replicas: 1 } },
    ...more,
  });
  const service = async () => (await api('node1', 'GET /services/app')).body;
  const update = async (query: string, body: object) =>
    api('node1', `POST /services/app/update?version=${(await service()).Version.Index}${query}`, body);
  const told = async (state: string): Promise<string> => {
    let status: { State?: string; Message?: string } = {};
    await until(async () => {
      status = (await service()).UpdateStatus ?? {};
      return status.State === state;
    });
    return status.Message!;
  };
  await api('node1', 'POST /services/create', spec('nginx:1'));
  await until(async () => (await api('node1', 'GET /services?status=true')).body[0].ServiceStatus.RunningTasks === 1);
  const created = await service();
  expect(created.UpdateStatus).toBeUndefined();
  await update('', spec('nginx:2'));
  expect(await told('completed')).toBe('update completed');
  // The change, and two steps.
  expect((await service()).Version.Index).toBeGreaterThanOrEqual(created.Version.Index + 3);
  await update('', { ...spec('nginx:2'), Labels: { a: 'b' } });
  expect((await service()).UpdateStatus).toBeUndefined();
  await update('&rollback=previous', spec('nginx:2'));
  expect(await told('rollback_completed')).toBe('rollback completed');
  expect((await service()).PreviousSpec).toBeDefined();
  // One that is watched for an hour.
  await update('', spec('nginx:3', { ...quick, RollbackConfig: { Monitor: 3.6e12 } }));
  expect(await told('completed')).toBe('update completed');
  await update('', spec('x.invalid/y'));
  expect(await told('rollback_started')).toMatch(
    /^update rolled back due to failure or early termination of task \w{25}$/,
  );
  expect(await service()).toMatchObject({ Spec: { TaskTemplate: { ContainerSpec: { Image: 'nginx:3' } } } });
  expect((await service()).PreviousSpec).toBeUndefined();
  await update('', spec('x.invalid/y', {}));
  expect(await told('paused')).toMatch(/^update paused due to failure or early termination of task \w{25}$/);
  await api('node1', 'DELETE /services/app');
});
