// What is on several engines is removed everywhere or nowhere.
import { expect, test } from 'vitest';
import { type Answered, type FakeEngine, json, over } from './engines.ts';

const message = ({ body }: Answered) => (body as { message: string }).message;
const isRemoval = (one: string) => one.startsWith('DELETE');
const removals = (engines: readonly FakeEngine[]) => engines.map(({ asked }) => asked.filter(isRemoval).length);

/** Volumes by name, with their labels; those in `used` have a container. */
function withVolumes(engine: FakeEngine, used: string[] = []) {
  const volumes = new Map<string, Record<string, string>>();
  engine.also = (request, response, path) => {
    const name = decodeURIComponent(/^\/volumes\/(.+)$/.exec(path)?.[1] ?? '');
    if (path === '/volumes/create') {
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        const { Name, Labels = {} } = JSON.parse(text);
        volumes.set(Name, Labels);
        json(response, 201, { Name, Labels });
      });
    } else if (path === '/containers/json' && request.url?.includes('filters=')) {
      const word = JSON.parse(new URLSearchParams(request.url.split('?')[1]).get('filters') ?? '').volume[0];
      json(response, 200, used.includes(word) ? [{ Id: 'c'.repeat(64), Names: ['/db'] }] : []);
    } else if (name === '') return false;
    else if (!volumes.has(name)) json(response, 404, { message: `get ${name}: no such volume` });
    else if (request.method === 'GET') json(response, 200, { Name: name, Driver: 'local', Labels: volumes.get(name) });
    else if (used.includes(name)) json(response, 409, { message: `remove ${name}: volume is in use` });
    else {
      volumes.delete(name);
      response.writeHead(204).end();
    }
    return true;
  };
  return volumes;
}

test('a volume that a container of one node uses is removed on none', async () => {
  const { engines, ask } = await over('a', 'b');
  for (const [n, engine] of engines.entries()) withVolumes(engine, n === 1 ? ['data'] : []);
  await ask('POST', '/volumes/create', { Name: 'data' });
  expect(await ask('DELETE', '/volumes/data')).toMatchObject({
    status: 409,
    body: { message: 'b: remove data: volume is in use - [b/db]; nothing was removed' },
  });
  expect(removals(engines)).toEqual([0, 0]);
});

test('a volume that was made over all nodes goes on all of them', async () => {
  const { engines, ask } = await over('a', 'b');
  const volumes = engines.map((engine) => withVolumes(engine));
  await ask('POST', '/volumes/create', { Name: 'data', Labels: { mine: '1' } });
  expect(volumes[0]?.get('data')).toMatchObject({ mine: '1' });
  expect((await ask('DELETE', '/volumes/data')).status).toBe(204);
  expect(volumes.map(({ size }) => size)).toEqual([0, 0]);
});

test('volumes of one name that have nothing to do with each other: neither is removed', async () => {
  const { engines, ask } = await over('a', 'b');
  const volumes = engines.map((engine) => withVolumes(engine));
  for (const [n, one] of volumes.entries()) one.set('other', { of: String(n) });
  expect(await ask('DELETE', '/volumes/other')).toMatchObject({
    status: 409,
    body: { message: '"other" is ambiguous: a/other, b/other' },
  });
  expect((await ask('DELETE', '/volumes/b/other')).status).toBe(204);
  expect(volumes.map(({ size }) => size)).toEqual([1, 0]);
});

test('what one node refuses in the end says where it was done', async () => {
  const { engines, ask } = await over('a', 'b', 'c');
  for (const engine of engines) withVolumes(engine);
  await ask('POST', '/volumes/create', { Name: 'data' });
  const before = engines[1]!.also;
  engines[1]!.also = (request, response, path) => {
    if (request.method !== 'DELETE') return before(request, response, path);
    json(response, 500, { message: 'read-only file system' });
    return true;
  };
  expect(message(await ask('DELETE', '/volumes/data'))).toBe('b: read-only file system; done on a, c');
});

test('an image that a container of one node has is removed on none, unless that is forced', async () => {
  const { engines, ask } = await over('a', 'b');
  for (const engine of engines) {
    engine.also = (request, response, path) => {
      if (path === '/images/app/json') json(response, 200, { Id: 'sha256:1', RepoTags: ['app:latest'] });
      else if (request.method === 'DELETE') json(response, 200, [{ Untagged: 'app:latest' }]);
      else return false;
      return true;
    };
  }
  engines[1]!.add('web').imageId = 'sha256:1';
  expect(await ask('DELETE', '/images/app')).toMatchObject({
    status: 409,
    body: { message: 'b: conflict: app is the image of b/web (must force); nothing was removed' },
  });
  expect(removals(engines)).toEqual([0, 0]);
  expect((await ask('DELETE', '/images/app?force=1')).status).toBe(200);
  expect(removals(engines)).toEqual([1, 1]);
});

test('a prune that one node refuses says where it was done', async () => {
  const { engines, ask } = await over('a', 'b');
  for (const [n, engine] of engines.entries()) {
    engine.also = (_request, response, path) => {
      if (path !== '/volumes/prune') return false;
      if (n === 0) json(response, 200, { VolumesDeleted: ['x'], SpaceReclaimed: 1 });
      else json(response, 409, { message: 'a prune operation is already running' });
      return true;
    };
  }
  expect(await ask('POST', '/volumes/prune')).toMatchObject({
    status: 409,
    body: { message: 'b: a prune operation is already running; done on a' },
  });
});

test('a prune while a node does not answer is done on the others, and says so', async () => {
  const { engines, ask, fleet } = await over('a', 'b');
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path !== '/volumes/prune') return false;
      json(response, 200, { VolumesDeleted: ['x'], SpaceReclaimed: 1 });
      return true;
    };
  }
  fleet.census.node('b')!.fallSilent('frozen');
  expect(await ask('POST', '/volumes/prune')).toMatchObject({
    status: 500,
    body: { message: 'b does not answer: frozen; done on a' },
  });
  expect(engines.map(({ asked }) => asked.filter((one) => one.includes('prune')).length)).toEqual([1, 0]);
});
