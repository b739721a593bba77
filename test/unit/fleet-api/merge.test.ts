// What several engines give as one: lists, sums and progress.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addUp, type From, mergeImages, mergeNetworks, mergeVolumes } from '../../../src/fleet-api/merge/lists.ts';
import { NodeProgress } from '../../../src/fleet-api/merge/progress.ts';
import type { Image, Network, Volume } from '../../../src/fleet-api/types.ts';
import { type FakeEngine, json, over } from './engines.ts';

const from = <T>(node: string, ...items: T[]): From<T> => ({ node, address: `at-${node}`, items });
const image = (Id: string, Created: number, more: Partial<Image> = {}): Image => ({ Id, Created, ...more });

describe('images', () => {
  test('one that several have is one, with all of its names, the youngest first', () => {
    const merged = mergeImages([
      from('a', image('old', 1, { RepoTags: ['x:1'], RepoDigests: null }), image('both', 5, { RepoTags: ['web:1'] })),
      from('b', image('both', 5, { RepoTags: ['web:1', 'web:2'], RepoDigests: ['web@sha256:1'] }), image('new', 9)),
    ]);
    expect(merged).toEqual([
      image('new', 9),
      image('both', 5, { RepoTags: ['web:1', 'web:2'], RepoDigests: ['web@sha256:1'] }),
      image('old', 1, { RepoTags: ['x:1'], RepoDigests: null }),
    ]);
  });

  test('one without names has none', () => {
    expect(mergeImages([from('a', image('x', 1, { RepoTags: null })), from('b', image('x', 1))])[0]).toMatchObject({
      RepoTags: [],
    });
  });
});

describe('networks', () => {
  const network = (Id: string, Name: string, Scope: string): Network => ({ Id, Name, Scope });
  const lists = [
    from('worker', network('gone', 'gone', 'swarm'), network('1', 'wide', 'swarm'), network('2', 'bridge', 'local')),
    from('manager', network('1', 'wide', 'swarm'), network('2', 'bridge', 'local')),
  ];

  test('those of the swarm once, as managers have them, those of a node behind its name, also with equal ids', () => {
    expect(mergeNetworks(lists, new Set(['manager'])).map(({ Name }) => Name)).toEqual([
      'wide',
      'worker/bridge',
      'manager/bridge',
    ]);
  });

  test('without a manager, what workers have is all that there is', () => {
    expect(mergeNetworks(lists, new Set()).map(({ Name }) => Name)).toEqual([
      'gone',
      'wide',
      'worker/bridge',
      'manager/bridge',
    ]);
  });
});

test('volumes: those of a node behind its name, one of a driver that spans nodes once', () => {
  const volume = (Name: string, Scope?: string): Volume => ({ Name, Driver: 'x', ...(Scope && { Scope }) });
  const merged = mergeVolumes([
    from('a', volume('data', 'local'), volume('shared', 'global'), volume('bare')),
    from('b', volume('data', 'local'), volume('shared', 'global')),
  ]);
  expect(merged.map(({ Name }) => Name)).toEqual(['a/data', 'a/bare', 'b/data', 'shared']);
});

test('volumes that were made together are one, as compose v2 removes them, unless others have their name', () => {
  const volume = (Name: string, id?: string): Volume => ({
    Name,
    Driver: 'local',
    Scope: 'local',
    Labels: id === undefined ? null : { 'com.docker.swarm.id': id },
  });
  const merged = mergeVolumes([
    from('a', volume('data', 'x'), volume('cache', 'y'), volume('own')),
    from('b', volume('data', 'x'), volume('cache', 'z'), volume('own'), volume('left', 'w')),
    from('c', volume('data', 'x'), volume('cache', 'y')),
  ]);
  expect(merged.map(({ Name }) => Name)).toEqual([
    ...['a/cache', 'a/own', 'b/cache', 'b/own', 'c/cache', 'data', 'left'],
  ]);
});

describe('sums', () => {
  test('numbers are added, lists joined, parts alike; what is nothing in one is nothing', () => {
    expect(
      addUp([
        { SpaceReclaimed: 5, ImagesDeleted: ['x'], CacheUsage: { TotalCount: 1, Items: [1] }, Text: 'a', Empty: null },
        { SpaceReclaimed: 7, ImagesDeleted: null, CacheUsage: { TotalCount: 2, Items: [2] }, Text: 'b', Empty: null },
        { ImagesDeleted: ['y'], CacheUsage: null },
      ]),
    ).toEqual({
      SpaceReclaimed: 12,
      ImagesDeleted: ['x', 'y'],
      CacheUsage: { TotalCount: 3, Items: [1, 2] },
      Text: 'a',
      Empty: null,
    });
    expect(addUp([{ ImagesDeleted: null }, { ImagesDeleted: ['y'] }])).toEqual({ ImagesDeleted: ['y'] });
    expect(addUp([])).toEqual({});
  });

  test('the order of nodes changes no number', () => {
    const answers = fc.array(fc.record({ a: fc.integer(), b: fc.record({ c: fc.integer() }) }), { maxLength: 5 });
    fc.assert(
      fc.property(answers, (list) => {
        expect(addUp(list.toReversed())).toEqual(addUp(list));
      }),
      { seed: 20261130 },
    );
  });

  test('a size that a number cannot hold is added, too', () => {
    expect(addUp([{ SpaceReclaimed: 2n ** 60n }, { SpaceReclaimed: 1 }])).toEqual({ SpaceReclaimed: 2n ** 60n + 1n });
  });
});

describe('system df', () => {
  const using = (engine: FakeEngine, usage: object) => {
    engine.also = (_request, response, path) => {
      if (path !== '/system/df') return false;
      json(response, 200, usage);
      return true;
    };
  };
  const container = { Id: 'c', Names: ['/web'], Ports: null, SizeRw: 3 };
  const volume = { Name: 'data', Driver: 'local', UsageData: { Size: 4, RefCount: 1 } };

  test('until API 1.51: all things, each with its node', async () => {
    const { ask, engines } = await over('a', 'b');
    using(engines[0]!, { LayersSize: 10, Images: [{ Id: 'i' }], Containers: [container], Volumes: [volume] });
    using(engines[1]!, {
      LayersSize: 20,
      Images: null,
      Containers: null,
      Volumes: [volume],
      BuildCache: [{ ID: 'k' }],
    });
    expect((await ask('GET', '/system/df')).body).toEqual({
      LayersSize: 30,
      Images: [{ Id: 'i' }],
      Containers: [{ ...container, Names: ['/a/web'] }],
      Volumes: [
        { ...volume, Name: 'a/data' },
        { ...volume, Name: 'b/data' },
      ],
      BuildCache: [{ ID: 'k' }],
    });
  });

  test('since 1.52: sums, and things where they are asked for', async () => {
    const { ask, engines } = await over('a', 'b');
    const usage = {
      ContainerUsage: { TotalCount: 1, TotalSize: 3, Items: [container] },
      VolumeUsage: { TotalCount: 1, Items: [volume] },
      ImageUsage: { TotalCount: 2 },
    };
    for (const engine of engines) using(engine, usage);
    expect((await ask('GET', '/system/df')).body).toMatchObject({
      ContainerUsage: { TotalCount: 2, TotalSize: 6, Items: [{ Names: ['/a/web'] }, { Names: ['/b/web'] }] },
      VolumeUsage: { TotalCount: 2, Items: [{ Name: 'a/data' }, { Name: 'b/data' }] },
      ImageUsage: { TotalCount: 4 },
    });
  });

  test('a node that fails is named', async () => {
    const { ask, engines } = await over('a', 'b');
    using(engines[0]!, {});
    engines[1]!.also = (_request, response, path) => {
      if (path !== '/system/df') return false;
      json(response, 500, { message: 'a disk usage operation is already running' });
      return true;
    };
    expect(await ask('GET', '/system/df')).toMatchObject({
      status: 500,
      body: { message: 'b: a disk usage operation is already running' },
    });
  });
});

describe('progress', () => {
  const line = (message: object) => JSON.stringify(message);
  const shown = (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text));

  test('the layers of an engine are one line, whose numbers are the sums of those that do the same', () => {
    const progress = new NodeProgress('a', 'Pulling nginx', new Set());
    const layer = (id: string, status: string, current: number) =>
      shown(progress.read(line({ id, status, progressDetail: { current, total: 100 } })));
    expect(shown(progress.started)).toEqual({ id: 'a', status: 'Pulling nginx...' });
    expect(layer('x', 'Downloading', 10)).toMatchObject({ id: 'a', progressDetail: { current: 10, total: 100 } });
    expect(layer('y', 'Downloading', 5)).toMatchObject({ progressDetail: { current: 15, total: 200 } });
    expect(layer('x', 'Extracting', 50)).toMatchObject({
      status: 'Extracting',
      progressDetail: { current: 50, total: 100 },
    });
    // Nothing new.
    expect(layer('x', 'Extracting', 50)).toBeUndefined();
    expect(progress.read(line({ id: 'x', status: 'Pull complete', progressDetail: {} }))).toBeUndefined();
    expect(shown(progress.ended)).toEqual({ id: 'a', status: 'Pulling nginx... : done' });
  });

  test('what all nodes say alike is said once', () => {
    const told = new Set<string>();
    const [a, b] = ['a', 'b'].map((name) => new NodeProgress(name, 'Loading', told));
    const loaded = line({ stream: 'Loaded image: app:1\n' });
    const digest = line({ status: 'Digest: sha256:1' });
    expect([a!.read(loaded), b!.read(loaded)]).toEqual([`${loaded}\n`, undefined]);
    expect([b!.read(digest), a!.read(digest)]).toEqual([`${digest}\n`, undefined]);
  });

  test('an error is the node’s last word, and no line of all', () => {
    const progress = new NodeProgress('a', 'Pulling x', new Set());
    expect(progress.read(line({ error: 'denied', errorDetail: { message: 'denied' } }))).toBeUndefined();
    expect(progress.error).toBe('denied');
    expect(shown(progress.ended)).toEqual({ id: 'a', status: 'Pulling x... : denied' });
    expect(progress.read('no JSON')).toBe('no JSON\n');
  });
});
