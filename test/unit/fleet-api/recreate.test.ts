// A container that is created anew in place of another, as compose does it, and one that is to find its data again.
import { expect, test } from 'vitest';
import type { CreateBody } from '../../../src/fleet-api/types.ts';
import { type FakeEngine, json, over } from './engines.ts';

const nameOn = (engines: readonly FakeEngine[]) => engines.map(({ containers }) => containers.map(({ name }) => name));
const idOf = ({ body }: { body: unknown }) => (body as { Id: string }).Id;

const part = (service: string, number = '1') => ({
  'com.docker.compose.project': 'app',
  'com.docker.compose.service': service,
  'com.docker.compose.container-number': number,
  'com.docker.compose.oneoff': 'False',
});

/** Volumes with their size on each engine. */
function withVolumes(engine: FakeEngine, volumes: Record<string, number>, scope = 'local') {
  engine.also = (_request, response, path) => {
    const name = /^\/volumes\/(.+)$/.exec(path)?.[1];
    if (path === '/system/df') {
      const Volumes = Object.entries(volumes).map(([Name, Size]) => ({ Name, UsageData: { Size } }));
      json(response, 200, { Volumes });
    } else if (name === undefined) return false;
    else if (name in volumes) json(response, 200, { Name: name, Driver: 'local', Scope: scope });
    else json(response, 404, { message: `get ${name}: no such volume` });
    return true;
  };
}

const bound = (volume: string, more: CreateBody = {}): CreateBody => ({
  ...more,
  HostConfig: { Binds: [`${volume}:/data:rw`], ...more.HostConfig },
});

test('compose v2 creates, stops, removes the old one and gives the new one its name', async () => {
  const { ask, engines } = await over('a', 'b');
  const old = idOf(await ask('POST', '/containers/create?name=app-web-1', {}));
  const made = idOf(await ask('POST', `/containers/create?name=${old.slice(0, 12)}_app-web-1`, {}));
  await ask('GET', `/containers/${made}/json`);
  await ask('POST', `/containers/${old}/stop`);
  expect((await ask('DELETE', `/containers/${old}?v=1`)).status).toBe(204);
  expect((await ask('POST', `/containers/${made}/rename?name=app-web-1`)).status).toBe(204);
  expect(nameOn(engines).flat()).toEqual(['app-web-1']);
});

test('a container that somebody else removed gives its name away', async () => {
  const { ask, engines } = await over('a', 'b');
  const web = engines[0]!.add('web');
  const other = engines[1]!.add('other');
  await ask('GET', '/containers/json?all=1');
  engines[0]!.containers.splice(engines[0]!.containers.indexOf(web), 1);
  expect((await ask('POST', `/containers/${other.Id}/rename?name=web`)).status).toBe(204);
  expect((await ask('POST', `/containers/${other.Id}/rename?name=web`)).status).toBe(204);
});

test('a name is given once, also to renames and creates at once', async () => {
  const { ask, engines } = await over('a', 'b');
  const ids = engines.map((engine) => engine.add(`on-${engine.name}`).Id);
  for (const engine of engines) engine.createMs = 30;
  const ends = await Promise.all([
    ...ids.map((id) => ask('POST', `/containers/${id}/rename?name=web`)),
    ask('POST', '/containers/create?name=web', {}),
  ]);
  expect(ends.map(({ status }) => (status < 300 ? 'done' : status)).toSorted()).toEqual([409, 409, 'done']);
  expect(
    nameOn(engines)
      .flat()
      .filter((name) => name === 'web'),
  ).toHaveLength(1);
});

test('a name that was refused is free again', async () => {
  const { ask, engines } = await over('a');
  const { Id } = engines[0]!.add('x');
  engines[0]!.also = (_request, response, path) => {
    if (!path.endsWith('/rename')) return false;
    json(response, 400, { message: 'no' });
    return true;
  };
  expect((await ask('POST', `/containers/${Id}/rename?name=web`)).status).toBe(400);
  expect((await ask('POST', '/containers/create?name=web', {})).status).toBe(201);
});

test.each<[string, (old: { Id: string }) => CreateBody]>([
  ['an id', ({ Id }) => ({ Labels: { 'com.docker.compose.replace': Id } })],
  ['its place in the project', () => ({ Labels: { ...part('db'), 'com.docker.compose.replace': 'db-1' } })],
])('what replaces another is on its node, and may have its port: by %s', async (_how, replacing) => {
  const { ask, engines } = await over('a', 'b');
  const ports = { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '80' }] } } };
  const old = engines[0]!.add('app-db-1', { Labels: part('db'), ...ports });
  engines[0]!.add('another');
  await ask('POST', '/containers/create?name=new', { ...ports, ...replacing(old) });
  expect(nameOn(engines)).toEqual([['app-db-1', 'another', 'new'], []]);
  // Its next is none that replaces it.
  await ask('POST', '/containers/create?name=app-db-2', { ...ports, Labels: part('db', '2') });
  expect(nameOn(engines)[1]).toEqual(['app-db-2']);
});

test('what replaces another on a node that does not answer is not created elsewhere, without its data', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  engines[0]!.add('app-db-1', { Labels: part('db') });
  await ask('GET', '/containers/json?all=1');
  engines[0]!.isFrozen = true;
  fleet.census.node('a')!.fallSilent('frozen');
  expect(await ask('POST', '/containers/create?name=new', { Labels: part('db') })).toMatchObject({
    status: 500,
    body: { message: 'it replaces a/app-db-1, and a does not answer: frozen' },
  });
  expect(nameOn(engines)[1]).toEqual([]);
});

test('a volume that only one node has draws its container there', async () => {
  const { ask, engines } = await over('a', 'b', 'c');
  for (const [n, engine] of engines.entries()) withVolumes(engine, n === 1 ? { data: 0 } : {});
  engines[1]!.add('there');
  await ask('POST', '/containers/create?name=db', bound('data'));
  expect(nameOn(engines)).toEqual([[], ['there', 'db'], []]);
});

test('of a volume that all nodes have, that of its container is meant, else that with something in it', async () => {
  const { ask, engines } = await over('a', 'b', 'c');
  for (const [n, engine] of engines.entries()) withVolumes(engine, { used: 0, filled: n === 2 ? 4096 : 0, empty: 0 });
  engines[1]!.add('user', bound('used'));
  engines[2]!.add('other');
  for (const volume of ['used', 'filled']) await ask('POST', `/containers/create?name=${volume}`, bound(volume));
  const mounted = { HostConfig: { Mounts: [{ Type: 'volume', Source: 'used' }] } };
  await ask('POST', '/containers/create?name=mounted', mounted);
  expect(nameOn(engines)).toEqual([[], ['user', 'used', 'mounted'], ['other', 'filled']]);
  await ask('POST', '/containers/create?name=first', bound('empty'));
  expect(nameOn(engines)[0]).toEqual(['first']);
});

test('containers of one new volume that are created at once share it', async () => {
  const { ask, engines } = await over('a', 'b', 'c');
  for (const engine of engines) {
    withVolumes(engine, { data: 0 });
    engine.createMs = 20;
  }
  await Promise.all(['x', 'y', 'z'].map((name) => ask('POST', `/containers/create?name=${name}`, bound('data'))));
  expect(
    nameOn(engines)
      .map((names) => names.length)
      .toSorted(),
  ).toEqual([0, 0, 3]);
});

test('a node with the volume and no room for the container leaves it to another; one that spans nodes draws nobody', async () => {
  const { ask, engines } = await over('a', 'b');
  const GiB = 2 ** 30;
  withVolumes(engines[0]!, { data: 1 });
  withVolumes(engines[1]!, {});
  engines[0]!.add('big', { HostConfig: { Memory: 3 * GiB } });
  await ask('POST', '/containers/create?name=db', bound('data', { HostConfig: { Memory: 2 * GiB } }));
  expect(nameOn(engines)).toEqual([['big'], ['db']]);
  withVolumes(engines[0]!, { shared: 1 }, 'global');
  engines[0]!.add('more', bound('shared'));
  await ask('POST', '/containers/create?name=free', bound('shared'));
  expect(nameOn(engines)[1]).toContain('free');
});

test('containers under way have their labels, which others avoid', async () => {
  const { ask, engines } = await over('a', 'b', 'c');
  for (const engine of engines) engine.createMs = 30;
  const body = { Labels: { role: 'db' }, Env: ['affinity:role!=db'] };
  const ends = await Promise.all([1, 2, 3, 4].map(() => ask('POST', '/containers/create', body)));
  expect(ends.map(({ status }) => status).toSorted()).toEqual([201, 201, 201, 500]);
  expect(engines.map(({ containers }) => containers.length)).toEqual([1, 1, 1]);
});
