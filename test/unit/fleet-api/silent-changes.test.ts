// What is changed on all nodes while one does not answer says which; and what is the swarm's is not one node's.
import { expect, test } from 'vitest';
import { type FakeEngine, json, overInNoTime } from './engines.ts';

const refused = () => Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });

/** Images by their tags; tagging and removing works. */
function withImage(engine: FakeEngine, tags: readonly string[]) {
  engine.also = (request, response, path) => {
    if (path === '/images/json')
      json(response, 200, tags.length > 0 ? [{ Id: 'sha256:1', RepoTags: tags, Created: 1 }] : []);
    else if (request.method === 'POST' && path.endsWith('/tag')) response.writeHead(201).end();
    else if (request.method === 'DELETE') json(response, 200, [{ Untagged: 'app:1' }]);
    else if (path === '/images/app:1/json')
      json(response, tags.length > 0 ? 200 : 404, { Id: 'sha256:1', RepoTags: tags });
    else return false;
    return true;
  };
}

/** Two of three have the image, and the third is silent; it had `tags`. */
async function withSilent(tags: readonly string[]) {
  const made = await overInNoTime('a', 'b', 'c');
  for (const [n, engine] of made.engines.entries()) withImage(engine, n < 2 ? ['app:1'] : tags);
  made.fleet.images.ask(made.fleet.nodes);
  await made.fleet.images.settled();
  made.breakStreams('c', refused);
  await made.ask('GET', '/containers/json');
  return made;
}

test.each([
  ['tagged', 'POST', '/images/app:1/tag?repo=app&tag=2'],
  ['removed by force', 'DELETE', '/images/app:1?force=1'],
])('an image that is %s where it can be: the silent node that had it is named', async (_what, method, path) => {
  const { ask } = await withSilent(['app:1']);
  expect(await ask(method, path)).toMatchObject({
    status: 500,
    body: { message: 'c does not answer: connection refused; done on a, b' },
  });
});

test('a silent node that did not have the image misses nothing', async () => {
  const { ask } = await withSilent([]);
  expect(await ask('POST', '/images/app:1/tag?repo=app&tag=2')).toMatchObject({ status: 201 });
});

test('a volume is created where it can be, and the answer names the node that was left out', async () => {
  const { ask, engines } = await withSilent([]);
  for (const engine of engines) {
    engine.also = (_request, response, path) => {
      if (path === '/volumes/create') json(response, 201, { Name: 'data' });
      return path === '/volumes/create';
    };
  }
  const { status, headers } = await ask('POST', '/volumes/create', { Name: 'data' });
  expect([status, headers['warning']]).toEqual([201, '199 belt "not created on nodes that do not answer: c"']);
});

test('a prune names networks of the swarm once, those of a node behind its name', async () => {
  const { ask, engines } = await overInNoTime('a', 'b');
  for (const engine of engines) {
    const networks = [
      { Id: '1', Name: 'shared', Scope: 'swarm' },
      { Id: '2', Name: 'own', Scope: 'local' },
    ];
    engine.also = (_request, response, path) => {
      if (path === '/networks') json(response, 200, networks);
      else if (path === '/networks/prune') json(response, 200, { NetworksDeleted: ['shared', 'own'] });
      else return false;
      return true;
    };
  }
  expect((await ask('POST', '/networks/prune')).body).toEqual({ NetworksDeleted: ['shared', 'a/own', 'b/own'] });
});

test('plugins that all have are named once, others behind their node', async () => {
  const { ask, engines } = await overInNoTime('a', 'b');
  const everywhere = { Id: 'x', Name: 'sshfs:latest', Enabled: true };
  for (const [n, engine] of engines.entries()) {
    engine.also = (_request, response, path) => {
      const own = n === 0 ? [] : [{ Id: 'y', Name: 'weave:latest', Enabled: false }];
      if (path === '/plugins') json(response, 200, [{ ...everywhere, Id: `x${n}` }, ...own]);
      return path === '/plugins';
    };
  }
  expect((await ask('GET', '/plugins')).body).toEqual([
    { ...everywhere, Id: 'x0' },
    { Id: 'y', Name: 'b/weave:latest', Enabled: false },
  ]);
});
