// What is said and done while some of the nodes do not say what they have.
import { expect, test } from 'vitest';
import { type Answered, type FakeEngine, json, over, overReadOnly } from './engines.ts';

const message = ({ body }: Answered) => (body as { message: string }).message;
const filtered = (value: object) => `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify(value))}`;

/** What each has at a path; an object is what it answers, undefined that it has no such thing. */
function has(engine: FakeEngine, things: Record<string, object | undefined>) {
  engine.also = (request, response, path) => {
    if (!(path in things)) return false;
    const thing = things[path];
    if (thing === undefined) json(response, 404, { message: 'No such image: x' });
    else if (request.method === 'DELETE') json(response, 200, [{ Untagged: 'x' }]);
    else json(response, 200, thing);
    return true;
  };
}

const deletions = (engines: readonly FakeEngine[]) =>
  engines.flatMap(({ name, asked }) => asked.flatMap((one) => (one.startsWith('DELETE') ? [name] : [])));

test('a volume is not removed while a node does not answer that may have it', async () => {
  const { ask, engines, fleet } = await over('a', 'b', 'c');
  const together = { Name: 'data', Driver: 'local', Labels: { 'com.docker.swarm.id': 'made-together' } };
  for (const engine of engines) has(engine, { '/volumes/data': together });
  fleet.census.node('c')!.fallSilent('frozen');
  expect(message(await ask('DELETE', '/volumes/data'))).toBe(
    'the volume data may be on nodes that do not answer as well: c; nothing was removed',
  );
  expect(await ask('DELETE', '/volumes/c/data')).toMatchObject({ status: 500 });
  expect(deletions(engines)).toEqual([]);
  expect((await ask('DELETE', '/volumes/a/data')).status).toBe(204);
  expect(deletions(engines)).toEqual(['a']);
});

test('an image is not removed while a node does not answer that may have it, unless that is forced', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  for (const engine of engines) has(engine, { '/images/app/json': { Id: 's', RepoTags: ['app'] }, '/images/app': {} });
  fleet.census.node('b')!.fallSilent('frozen');
  expect(message(await ask('DELETE', '/images/app'))).toBe(
    'the image app may be on nodes that do not answer as well: b; nothing was removed',
  );
  expect(deletions(engines)).toEqual([]);
  const { status, body } = await ask('DELETE', '/images/app?force=1');
  expect([status, (body as { message: string }).message]).toEqual([
    500,
    expect.stringMatching(/^b does not answer: .*; done on a$/),
  ]);
  expect(deletions(engines)).toEqual(['a']);
});

test('a network of the swarm is removed while a worker does not answer, one of a node is not', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  engines[0]!.info = { Swarm: { ControlAvailable: true, LocalNodeState: 'active' } };
  await fleet.greet();
  has(engines[0]!, {
    '/networks/wide': { Id: 'n1', Name: 'wide', Scope: 'swarm' },
    '/networks/n1': {},
    '/networks/own': { Id: 'n2', Name: 'own', Scope: 'local' },
    '/networks/n2': {},
  });
  fleet.census.node('b')!.fallSilent('frozen');
  expect((await ask('DELETE', '/networks/wide')).status).toBe(200);
  expect(message(await ask('DELETE', '/networks/own'))).toBe(
    'the network own may be on nodes that do not answer as well: b; nothing was removed',
  );
});

test('a node that fails to list its containers shows the last known; another list is refused with its name', async () => {
  const { ask, engines } = await over('a', 'b');
  engines[1]!.add('web');
  await ask('GET', '/containers/json?all=1');
  engines[1]!.also = (request, response, path) => {
    if (path === '/containers/json') json(response, 500, { message: 'disk full' });
    else if (path === '/images/json') request.socket.destroy();
    else return false;
    return true;
  };
  engines[0]!.also = (_request, response, path) => {
    if (path === '/images/json') json(response, 200, []);
    return path === '/images/json';
  };
  expect(await ask('GET', '/containers/json')).toMatchObject({
    status: 200,
    body: [{ Names: ['/b/web'], Status: 'Unknown', State: 'running' }],
  });
  const images = await ask('GET', '/images/json');
  expect(images.status).toBe(500);
  expect(message(images)).toMatch(/^b does not answer: /);
});

test('filters are for the containers of a silent node as well', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  const { Id } = engines[1]!.add('web', { Labels: { tier: 'front' }, Image: 'nginx' });
  engines[1]!.add('db', { Image: 'postgres:16' }, 'exited');
  await ask('GET', '/containers/json?all=1');
  fleet.census.node('b')!.fallSilent('frozen');
  const found = async (filters: object) => {
    const { body } = await ask('GET', filtered(filters));
    return (body as { Names: string[] }[]).map(({ Names }) => Names[0]).toSorted();
  };
  expect(await found({ name: ['we'] })).toEqual(['/b/web']);
  expect(await found({ name: ['^/db$'] })).toEqual(['/b/db']);
  expect(await found({ name: ['b/web'], node: ['b'] })).toEqual(['/b/web']);
  expect(await found({ name: ['a/web'] })).toEqual([]);
  expect(await found({ id: [Id.slice(0, 12)] })).toEqual(['/b/web']);
  expect(await found({ label: ['tier'] })).toEqual(['/b/web']);
  expect(await found({ label: ['tier=back'] })).toEqual([]);
  expect(await found({ status: ['exited'] })).toEqual(['/b/db']);
  expect(await found({ ancestor: ['nginx:latest'] })).toEqual(['/b/web']);
  expect(await found({ ancestor: ['postgres'] })).toEqual([]);
  expect(await found({ volume: ['data'] })).toEqual(['/b/db', '/b/web']);
});

test('an image that only a silent node has is not said to exist nowhere, at which clients would pull another', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  for (const engine of engines) has(engine, { '/images/json': [] });
  has(engines[1]!, { '/images/json': [{ Id: 'sha256:abc123', RepoTags: ['app:latest', 'app:2'], RepoDigests: [] }] });
  await ask('GET', '/images/json');
  for (const engine of engines) engine.images = [];
  fleet.census.node('b')!.fallSilent('frozen');
  const pull = '; one that a registry has can be pulled: docker pull';
  for (const name of ['app', 'app:2', 'docker.io/library/app', 'abc123', 'sha256:abc123'])
    for (const [method, path] of [
      ['POST', '/containers/create'],
      ['GET', `/images/${name}/json`],
    ] as const) {
      const answer = await ask(method, path, method === 'POST' ? { Image: name } : undefined);
      const words = `No such image on the nodes that answer: ${name}; not answering: b`;
      expect([answer.status, message(answer)]).toEqual([500, `${words}${pull}`]);
    }
  expect((await ask('POST', '/containers/create', { Image: 'app:3' })).status).toBe(404);
});

test('one that it did not have, or has from a registry, is pulled by clients as ever', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  has(engines[0]!, { '/images/json': [] });
  has(engines[1]!, {
    '/images/json': [{ Id: 'sha256:abc123', RepoTags: ['redis:8'], RepoDigests: ['redis@sha256:1'] }],
  });
  await ask('GET', '/images/json');
  for (const engine of engines) engine.images = [];
  fleet.census.node('b')!.fallSilent('frozen');
  for (const name of ['redis:8', 'nginx'])
    for (const [method, path] of [
      ['POST', '/containers/create'],
      ['GET', `/images/${name}/json`],
    ] as const)
      expect((await ask(method, path, method === 'POST' ? { Image: name } : undefined)).status).toBe(404);
});

test('of a node that has just come in, or has just built, it is known what it has', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  for (const engine of engines) {
    const its = engine;
    engine.also = (request, response, path) => {
      if (path === '/images/json') json(response, 200, [{ Id: 'x', RepoTags: its.images, RepoDigests: [] }]);
      else if (path === '/build') {
        request.resume().on('end', () => {
          its.images.push('app:1');
          json(response, 200, {});
        });
      } else return false;
      return true;
    };
  }
  engines[0]!.images = [];
  const built = () => ask('POST', '/build', {});
  const seen = () => engines[0]!.asked.filter((one) => one.includes('/images/json')).length;
  const before = seen();
  await built();
  await expect.poll(seen).toBeGreaterThan(before);
  await fleet.images.settled();
  fleet.census.node('a')!.fallSilent('frozen');
  engines[1]!.images = [];
  expect(message(await ask('POST', '/containers/create', { Image: 'app:1' }))).toContain('not answering: a');
});

test('what is tagged or removed is known to be nowhere only where all nodes say so', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  for (const engine of engines) engine.images = [];
  fleet.census.node('b')!.fallSilent('frozen');
  for (const [method, path] of [
    ['POST', '/images/app/tag?repo=x'],
    ['DELETE', '/images/app'],
  ] as const) {
    const answer = await ask(method, path);
    const words = 'No such image on the nodes that answer: app; not answering: b';
    expect([answer.status, message(answer)]).toEqual([500, words]);
  }
});

test('a pull while a node does not answer is done on the others, and says so', async () => {
  const { askText, engines, fleet } = await over('a', 'b');
  for (const engine of engines) has(engine, { '/images/create': { status: 'Downloaded' } });
  fleet.census.node('b')!.fallSilent('frozen');
  const { text } = await askText('POST', '/images/create?fromImage=nginx&tag=1');
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { id: 'a', status: 'Pulling nginx:1...' },
    { id: 'b', status: 'Pulling nginx:1... : left out: b does not answer: frozen' },
    { status: 'Downloaded' },
    { id: 'a', status: 'Pulling nginx:1... : done' },
  ]);
});

test('a network that no node has which answers is one that compose may create', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  has(engines[0]!, { '/networks/app_default': undefined });
  fleet.census.node('b')!.fallSilent('frozen');
  expect((await ask('GET', '/networks/app_default')).status).toBe(404);
});

const NO_SWARM = 'these nodes are in no swarm; create one: belt swarm init';

test.each<[string, object, object | undefined, string]>([
  ['no swarm', { LocalNodeState: 'inactive' }, undefined, NO_SWARM],
  ['a worker', { LocalNodeState: 'active' }, undefined, 'no manager of the swarm answers among these nodes'],
  [
    'a locked manager',
    { LocalNodeState: 'locked' },
    { message: 'Swarm is encrypted and needs to be unlocked before it can be used.' },
    'a: Swarm is encrypted and needs to be unlocked before it can be used.',
  ],
  [
    'no leader',
    { LocalNodeState: 'active', ControlAvailable: true },
    { message: 'The swarm does not have a leader.' },
    'a: The swarm does not have a leader.',
  ],
])('%s is said to be that', async (_what, Swarm, refusal, words) => {
  const { ask, engines } = await over('a');
  engines[0]!.info = { Swarm };
  engines[0]!.also = (_request, response, path) => {
    if (path !== '/swarm' || refusal === undefined) return false;
    json(response, 503, refusal);
    return true;
  };
  const nodes = await ask('GET', '/nodes');
  expect([nodes.status, message(nodes)]).toEqual([503, words]);
  const made = await ask('POST', '/networks/create', { Name: 'n' });
  if (words === NO_SWARM) expect(made.status).toBe(501);
  else expect([made.status, message(made)]).toEqual([503, words]);
});

test('the manager of a swarm that does not answer is named, and a network is made on one that became a manager', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  const isManager = { Swarm: { ControlAvailable: true, LocalNodeState: 'active' } };
  engines[0]!.info = isManager;
  engines[1]!.info = { Swarm: { LocalNodeState: 'active' } };
  await fleet.greet();
  fleet.census.node('a')!.fallSilent('frozen');
  expect(message(await ask('POST', '/networks/create', { Name: 'n' }))).toBe(
    'no manager of the swarm answers among these nodes; not answering: a',
  );
  engines[1]!.info = isManager;
  has(engines[1]!, { '/swarm': {}, '/networks/create': { Id: 'n' } });
  expect((await ask('POST', '/networks/create', { Name: 'n' })).status).toBe(200);
});

test('who may only look sees no secret of the swarm', async () => {
  const { ask, engines, fleet } = await overReadOnly('a');
  engines[0]!.info = { Swarm: { ControlAvailable: true, LocalNodeState: 'active' } };
  has(engines[0]!, {
    '/swarm': { ID: 's', JoinTokens: { Worker: 'made-up-1', Manager: 'made-up-2' } },
    '/swarm/unlockkey': { UnlockKey: 'made-up-3' },
  });
  await fleet.greet();
  expect(await ask('GET', '/swarm')).toMatchObject({
    status: 200,
    body: { ID: 's', JoinTokens: { Worker: '', Manager: '' } },
  });
  expect((await ask('GET', '/swarm/unlockkey')).status).toBe(403);
});
