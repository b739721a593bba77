// The names that are shown are taken: `node/name` means that one.
import { expect, test } from 'vitest';
import { json, over } from './engines.ts';

const namesOf = ({ body }: { body: unknown }) => (body as { Names: string[] }[]).map(({ Names }) => Names[0]);
const list = (filters: object) => `/containers/json?filters=${encodeURIComponent(JSON.stringify(filters))}`;

test.each<[string, object, Record<string, string | undefined>]>([
  ['a name each', { name: ['a/web', 'b/db'] }, { a: '/web', b: '/db' }],
  ['a name of one and a name', { name: ['a/web', 'db'] }, { a: '/web db', b: 'db' }],
  ['a node and a name there', { node: ['a'], name: ['a/web'] }, { a: '/web' }],
  ['a node and a name of another', { node: ['a'], name: ['b/db'] }, {}],
])('%s: each engine is asked for its own', async (_what, filters, wanted) => {
  const { ask, engines } = await over('a', 'b');
  for (const engine of engines) engine.asked.length = 0;
  await ask('GET', list(filters));
  const asked = engines.map(({ name, asked: urls }) => {
    const url = urls.find((one) => one.includes('/containers/json'));
    const given = url && JSON.parse(new URLSearchParams(url.split('?')[1]).get('filters') ?? '{}');
    return [name, given && (given as { name: string[] }).name.join(' ')];
  });
  expect(Object.fromEntries(asked.filter(([, words]) => words !== undefined))).toEqual(wanted);
});

test('no node is asked and none is left: an empty list', async () => {
  const { ask, engines } = await over('a', 'b');
  engines[1]!.add('db');
  expect(namesOf(await ask('GET', list({ node: ['a'], name: ['b/db'] })))).toEqual([]);
});

test('the events of node/name are those of that node', async () => {
  const { ask, engines } = await over('a', 'b');
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path !== '/events') return false;
      const event = { Type: 'container', scope: 'local', Actor: { ID: 'x', Attributes: { name: 'web' } }, timeNano: 1 };
      response.writeHead(200).end(`${JSON.stringify(event)}\n`);
      return true;
    };
  }
  const filters = encodeURIComponent(JSON.stringify({ container: ['b/web'] }));
  const { body } = await ask('GET', `/events?since=0&until=1&filters=${filters}`);
  expect(body).toMatchObject({ Actor: { Attributes: { 'node.name': 'b' } } });
  expect(engines[0]!.asked.filter((one) => one.includes('/events'))).toEqual([]);
  expect(decodeURIComponent(engines[1]!.asked.at(-1)!)).toContain('filters={"container":["web"]}');
});

test('a volume of a node is made there alone', async () => {
  const { ask, engines } = await over('a', 'b');
  const made: string[] = [];
  for (const engine of engines) {
    engine.also = (request, response, path) => {
      if (path !== '/volumes/create') return false;
      request.on('data', (part) => made.push(`${engine.name}: ${part}`));
      request.on('end', () => json(response, 201, { Name: 'data', Driver: 'local' }));
      return true;
    };
  }
  expect(await ask('POST', '/volumes/create', { Name: 'b/data' })).toMatchObject({
    status: 201,
    body: { Name: 'b/data' },
  });
  expect(made).toEqual(['b: {"Name":"data"}']);
});

test('a container goes to the node of its network and its volume', async () => {
  const { ask, engines } = await over('a', 'b');
  const networked = {
    HostConfig: { NetworkMode: 'b/mynet' },
    NetworkingConfig: { EndpointsConfig: { 'b/mynet': { Aliases: ['x'] } } },
  };
  const mounts = [{ Type: 'volume', Source: 'b/data' }];
  for (const [name, body] of [
    ['net', networked],
    ['bind', { HostConfig: { Binds: ['b/data:/data:ro', '/srv/x:/y'] } }],
    ['mount', { HostConfig: { Mounts: mounts } }],
  ] as const)
    expect((await ask('POST', `/containers/create?name=${name}`, body)).status).toBe(201);
  expect(
    engines.map(({ containers }) => containers.map(({ body }) => [body.HostConfig, body.NetworkingConfig])),
  ).toEqual([
    [],
    [
      [{ NetworkMode: 'mynet' }, { EndpointsConfig: { mynet: { Aliases: ['x'] } } }],
      [{ Binds: ['data:/data:ro', '/srv/x:/y'] }, undefined],
      [{ Mounts: [{ Type: 'volume', Source: 'data' }] }, undefined],
    ],
  ]);
  const both = { HostConfig: { NetworkMode: 'a/mynet', Binds: ['b/data:/data'] } };
  expect(await ask('POST', '/containers/create', both)).toMatchObject({
    status: 500,
    body: { message: expect.stringContaining('[--network=a/mynet --volume=b/data]') },
  });
});

test('a rename stays on its node', async () => {
  const { ask, engines } = await over('a', 'b');
  engines[0]!.add('x');
  expect(await ask('POST', '/containers/x/rename?name=b/y')).toMatchObject({
    status: 409,
    body: { message: 'the container is on a: it cannot be renamed to b/y, which would be on b' },
  });
  expect((await ask('POST', '/containers/x/rename?name=a/y')).status).toBe(204);
  expect(engines[0]!.containers[0]!.name).toBe('y');
});

test('a container whose name has a node is created there, under the name alone', async () => {
  const { ask, engines } = await over('a', 'b');
  for (const name of ['b/web', '/b/db'])
    expect((await ask('POST', `/containers/create?name=${encodeURIComponent(name)}`, {})).status).toBe(201);
  expect(engines.map(({ containers }) => containers.map(({ name }) => name))).toEqual([[], ['web', 'db']]);
  expect(engines[1]!.asked.filter((one) => one.includes('create')).every((one) => !/b(\/|%2F)/i.test(one))).toBe(true);
  expect(await ask('POST', '/containers/create?name=b/web', {})).toMatchObject({ status: 409 });
  expect(await ask('POST', '/containers/create?name=a/web', {})).toMatchObject({
    status: 409,
    body: { message: expect.stringContaining('The name web is already assigned') },
  });
});

test('a name whose node does not answer, or has no room, is refused; one of no node is the engine’s to refuse', async () => {
  const { ask, engines, fleet } = await over('a', 'b');
  engines[1]!.add('old', { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '80' }] } } });
  const port = { HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '80' }] } } };
  const words = 'Unable to find a node that satisfies the following conditions ';
  expect(await ask('POST', '/containers/create?name=b/web', port)).toMatchObject({
    status: 500,
    body: { message: `${words}\n[port 80 (Bridge mode)]\n[available container slots]\n[--name=b/web]` },
  });
  await ask('POST', '/containers/create?name=c/web', {});
  expect(engines.flatMap(({ containers }) => containers.map(({ name }) => name))).toContain('c/web');
  fleet.census.node('b')!.fallSilent('frozen');
  expect(await ask('POST', '/containers/create?name=b/web', {})).toMatchObject({
    status: 500,
    body: { message: 'b does not answer: frozen' },
  });
});
