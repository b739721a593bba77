// What Portainer, lazydocker and docker's rarer commands ask: each call reaches the engine that can answer it, or is refused by its name.
import { expect, test } from 'vitest';
import { type FakeEngine, json, over } from './engines.ts';

/** Which engines answered a request, and what they were asked. */
const withEcho = (engines: readonly FakeEngine[], paths: RegExp) => {
  for (const engine of engines) {
    engine.also = (request, response, path) => {
      if (!paths.test(path)) return false;
      request.resume();
      json(response, 200, { on: engine.name, path, query: request.url?.split('?')[1] ?? '' });
      return true;
    };
  }
};

test.each<[string, string, string]>([
  ['docker login', 'POST', '/auth'],
  ['docker manifest inspect, and a service’s image', 'GET', '/distribution/ghcr.io/me/app:1/json'],
  ['docker search', 'GET', '/images/search?term=nginx'],
])('%s: one engine asks the registry', async (_what, method, path) => {
  const { ask, engines } = await over('a', 'b');
  withEcho(engines, /^\/(auth|distribution|images\/search)/);
  const [bare = '', query = ''] = path.split('?');
  expect(await ask(method, path)).toMatchObject({ status: 200, body: { on: 'a', path: bare, query } });
});

test('an image that one has: saved, looked into and committed there', async () => {
  const { ask, engines } = await over('a', 'b');
  const web = engines[1]!.add('web');
  engines[0]!.images = [];
  for (const engine of engines) {
    engine.also = (request, response, path) => {
      if (!/^\/(images\/get|commit|images\/.*\/(get|history))$/.test(path)) return false;
      json(response, 200, { on: engine.name, query: request.url?.split('?')[1] ?? '' });
      return true;
    };
  }
  const onB = { status: 200, body: { on: 'b' } };
  expect(await ask('GET', '/images/get?names=nginx:latest')).toMatchObject(onB);
  expect(await ask('GET', '/images/nginx:latest/get')).toMatchObject(onB);
  expect(await ask('GET', '/images/nginx:latest/history')).toMatchObject(onB);
  expect(await ask('POST', '/commit?container=b/web&repo=x')).toMatchObject({
    body: { on: 'b', query: `container=${web.Id}&repo=x` },
  });
  expect(await ask('GET', '/images/get?names=nginx:latest&names=none')).toMatchObject({
    status: 404,
    body: { message: 'No such image: none' },
  });
});

test('a prune of the build cache adds up what each engine freed', async () => {
  const { ask, engines } = await over('a', 'b');
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path === '/build/prune') json(response, 200, { CachesDeleted: [engine.name], SpaceReclaimed: 5 });
      return path === '/build/prune';
    };
  }
  expect((await ask('POST', '/build/prune')).body).toEqual({ CachesDeleted: ['a', 'b'], SpaceReclaimed: 10 });
});

test.each([
  ['GET', '/plugins/sshfs/json'],
  ['POST', '/plugins/create'],
  ['GET', '/plugins/privileges'],
  ['POST', '/swarm/init'],
  ['GET', '/nothing'],
])('%s %s is refused by its name', async (method, path) => {
  const { ask } = await over('a');
  expect(await ask(method, path)).toMatchObject({
    status: 501,
    body: { message: `${method} ${path} is not supported over several engines: ask one, with belt with NODE` },
  });
});

test('a container is not connected to another node’s network', async () => {
  const { ask, engines } = await over('a', 'b');
  engines[0]!.add('web');
  withEcho(engines, /^\/networks\//);
  const body = { Container: 'a/web' };
  for (const verb of ['connect', 'disconnect']) {
    expect(await ask('POST', `/networks/a/net/${verb}`, body)).toMatchObject({
      body: { path: `/networks/net/${verb}` },
    });
    expect(await ask('POST', `/networks/b/net/${verb}`, body)).toMatchObject({
      status: 409,
      body: { message: 'the container web is on a, and the network b/net on b' },
    });
  }
});

test('links of a network are to containers by the names that are shown', async () => {
  const { ask, engines } = await over('a', 'b');
  const [db, web] = [engines[1]!.add('db'), engines[1]!.add('web')];
  const bodies: unknown[] = [];
  for (const engine of engines) {
    engine.also = (request, response, path) => {
      if (path !== '/networks/net/connect') return false;
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        bodies.push(JSON.parse(text));
        json(response, 200, {});
      });
      return true;
    };
  }
  await ask('POST', '/networks/net/connect', { Container: 'web', EndpointConfig: { Links: ['b/db:store'] } });
  expect(bodies).toEqual([{ Container: web.Id, EndpointConfig: { Links: ['db:store'] } }]);
  await ask('POST', '/containers/create?name=b/new', {
    NetworkingConfig: { EndpointsConfig: { net: { Links: ['b/db:store'] } } },
  });
  expect(engines.map(({ containers }) => containers.map(({ name }) => name))).toEqual([[], ['db', 'web', 'new']]);
  expect(engines[1]!.containers[2]!.body.NetworkingConfig).toEqual({
    EndpointsConfig: { net: { Links: ['db:store'] } },
  });
  expect(db.name).toBe('db');
});
