// An API that lies about what it made: whatever it says, each name becomes one droplet, and nothing is asked for twice that exists.
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { cloud } from '../../../src/cloud/client.ts';
import { Ambiguous } from '../../../src/cloud/errors.ts';
import { MOST_BYTES } from '../../../src/cloud/exchange.ts';
import { provision } from '../../../src/cloud/provision.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import { BLUEPRINT, FakeAccount, names, oneBatch, provisioning, RUN } from './fake-account.ts';
import { type Lie, type LyingApi, lyingApi, says, saysOf } from './lying-api.ts';

let api: LyingApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const PAGE = '<!DOCTYPE html><html><body>Log in to the network</body></html>';
const without = (key: string) => saysOf((droplet) => ({ ...droplet, [key]: undefined }));
const withNull = (key: string) => saysOf((droplet) => ({ ...droplet, [key]: null }));

/** Writes part of an answer, then does something with the connection. */
const brokenOff =
  (headers: Record<string, string>, end: (response: Parameters<Lie>[0]) => void): Lie =>
  (response, made) => {
    response.writeHead(202, { 'content-type': 'application/json', ...headers });
    response.write(JSON.stringify({ droplets: made }).slice(0, 200), () => end(response));
  };

const endless: Lie = (response) => {
  response.writeHead(202, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1024 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

const drips: Lie = (response) => {
  response.writeHead(202, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

/** What the answer says, and which of three droplets can be read from it (undefined: all, and nothing is in doubt). */
const LIES: [string, Lie, string[]?][] = [
  ['a web page with 200', says(200, PAGE, { 'content-type': 'text/html' }), []],
  ['a web page with 202 that is called JSON', says(202, PAGE), []],
  ['an empty body', says(202, ''), []],
  ['blanks', says(202, ' \n '), []],
  ['204', says(204, ''), []],
  [
    'JSON that is cut',
    (response, made) => says(202, JSON.stringify({ droplets: made }).slice(0, -9))(response, made),
    [],
  ],
  ['half a body, then the end of the connection', brokenOff({ 'content-length': '9999' }, (r) => r.destroy()), []],
  ['half a chunked body, then the end', brokenOff({}, (r) => r.destroy()), []],
  ['half a body, then a reset', brokenOff({}, (r) => r.socket?.resetAndDestroy()), []],
  ['half a body, then nothing', brokenOff({ 'content-length': '9999' }, () => {}), []],
  ['a body that drips', drips, []],
  ['a body without an end', endless, []],
  ['a body that is announced as too large', says(202, '', { 'content-length': String(MOST_BYTES + 1) }), []],
  [
    'a compressed body',
    (response) => void response.writeHead(202, { 'content-encoding': 'gzip' }).end(gzipSync('{}')),
    [],
  ],
  ['droplets: null', says(202, '{"droplets": null}'), []],
  ['no droplets at all', says(202, '{}'), []],
  ['droplets as an object', says(202, '{"droplets": {"0": {"id": 1}}}'), []],
  ['a list', says(202, '[]'), []],
  ['a text', says(202, '"accepted"'), []],
  ['a number', says(202, '7'), []],
  ['null', says(202, 'null'), []],
  ['an empty list', says(202, '{"droplets": []}'), []],
  [
    'fewer than were asked for',
    (r, made) => says(202, JSON.stringify({ droplets: made.slice(0, 2) }))(r, made),
    names(2),
  ],
  [
    'one droplet three times',
    (r, made) => says(202, JSON.stringify({ droplets: [made[0], made[0], made[0]] }))(r, made),
    ['node1'],
  ],
  ['one id for all', saysOf((droplet) => ({ ...droplet, id: 1 })), ['node1']],
  ['droplets of other names', saysOf((droplet) => ({ ...droplet, name: `other-${droplet.name}` })), []],
  ['nulls among the droplets', saysOf((droplet, index) => (index === 1 ? null : droplet)), ['node1', 'node3']],
  [
    'a droplet without an id',
    saysOf((droplet, index) => ({ ...droplet, id: index === 0 ? undefined : droplet.id })),
    ['node2', 'node3'],
  ],
  ['ids that are none', saysOf((droplet) => ({ ...droplet, id: -1 })), []],
  [
    'a droplet without a name',
    saysOf((droplet, index) => ({ ...droplet, name: index === 0 ? null : droplet.name })),
    ['node2', 'node3'],
  ],
  ['302 to a login page', says(302, '', { location: 'http://login.example/?url=x' }), []],
  ['304', says(304, ''), []],
  ['408', says(408, ''), []],
  ['500', says(500, '{"id": "server_error", "message": "Unexpected server-side error."}'), []],
  ['502 with a web page', says(502, PAGE, { 'content-type': 'text/html' }), []],
  ['511', says(511, PAGE, { 'content-type': 'text/html' }), []],
  ['a status that there is not', says(999, ''), []],
  [
    'another protocol',
    (response) => void response.socket?.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    [],
  ],
  ['no HTTP', (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'), []],
  ['nothing', () => {}, []],
  ['the end of the connection', (response) => response.socket?.resetAndDestroy(), []],
  ['a status that is not known', saysOf((droplet) => ({ ...droplet, status: 'hibernating' }))],
  ['ids and names alone', saysOf(({ id, name }) => ({ id, name }))],
  ['ids as texts', saysOf((droplet) => ({ ...droplet, id: String(droplet.id) }))],
  ['a byte order mark before it', (r, made) => says(202, `\uFEFF${JSON.stringify({ droplets: made })}`)(r, made)],
  ['another order', (r, made) => says(202, JSON.stringify({ droplets: made.toReversed() }))(r, made)],
  ...['tags', 'networks', 'size', 'image', 'region', 'memory', 'created_at', 'vpc_uuid', 'status'].flatMap(
    (key): [string, Lie][] => [
      [`${key}: null`, withNull(key)],
      [`no ${key}`, without(key)],
    ],
  ),
];

/** Where only time ends it, little of it. */
const timeoutOf = (what: string) => (/nothing|drips|protocol/.test(what) ? 400 : 8_000);

describe('three droplets are made, and the answer has', () => {
  test.each(LIES)('%s: what it names is known, the others are in doubt', async (what, lie, known) => {
    api = await lyingApi([lie], { timeoutMs: timeoutOf(what) });
    let doubt: unknown;
    const read = await cloud(api.send)
      .createDroplets({ ...BLUEPRINT, names: names(3) })
      .catch((error) => {
        doubt = error;
        return (error as Ambiguous).droplets;
      });
    if (known === undefined) expect(doubt).toBe(undefined);
    else expect(doubt).toBeInstanceOf(Ambiguous);
    expect(read.map(({ name }) => name)).toEqual(known ?? names(3));
    for (const droplet of read) expect(droplet.tags).toEqual(BLUEPRINT.tags);
  });

  test.each(LIES)('%s: belt ends with three, each made once', async (what, lie) => {
    api = await lyingApi([lie], { timeoutMs: timeoutOf(what) });
    const created: Droplet[] = [];
    const { options, seen } = provisioning(new FakeAccount(), {
      cloud: cloud(api.send),
      onMade: (droplets) => created.push(...droplets),
    });
    await provision(oneBatch(3), options);
    expect(seen.failed).toEqual([]);
    expect(api.posts).toEqual([names(3)]);
    expect(new Set(created.map(({ id }) => id))).toEqual(new Set([1, 2, 3]));
    for (const droplet of created) expect(droplet.tags).toContain(RUN);
  });
});

describe('an answer with ids of nobody', () => {
  test('is not followed: the droplets of these names under the run’s tag are the ones', async () => {
    api = await lyingApi([saysOf((droplet) => ({ ...droplet, id: (droplet.id ?? 0) + 1000 }))]);
    const stays: number[] = [];
    const { options, seen } = provisioning(new FakeAccount(), {
      cloud: cloud(api.send),
      onStays: ({ id }) => stays.push(id),
    });
    await provision(oneBatch(3), options);
    expect(seen.failed).toEqual([]);
    expect(api.posts).toEqual([names(3)]);
    expect(stays.toSorted()).toEqual([1, 2, 3]);
  });
});

test('where nothing can be asked by id, it ends all the same', async () => {
  api = await lyingApi([saysOf((droplet) => ({ ...droplet, id: (droplet.id ?? 0) + 1000 }))]);
  const stays: [number, unknown][] = [];
  const { options, seen } = provisioning(new FakeAccount(), {
    cloud: { ...cloud(api.send), droplet: () => Promise.reject(new Error('no answer')) },
    onStays: ({ id }, trouble) => stays.push([id, trouble]),
  });
  await provision(oneBatch(1), options);
  expect(seen.failed).toEqual([]);
  expect(stays).toEqual([[1001, new Error('no answer')]]);
});

describe('an answer that names too few', () => {
  test('is true: the others are asked for, once it is known that they are not there', async () => {
    const some: Lie = (r, made) => says(202, JSON.stringify({ droplets: made }))(r, made);
    api = await lyingApi([some], { makes: (name, post) => post > 0 || name !== 'node2' });
    const { options, seen } = provisioning(new FakeAccount(), { cloud: cloud(api.send) });
    await provision(oneBatch(3), options);
    expect(api.posts).toEqual([names(3), ['node2']]);
    expect(seen.created).toEqual(['node1', 'node3', 'node2']);
    expect(seen.failed).toEqual([]);
  });

  test('says which names it leaves open', async () => {
    api = await lyingApi([says(202, '{"droplets": []}')]);
    const answer = cloud(api.send).createDroplets({ ...BLUEPRINT, names: names(3) });
    await expect(answer).rejects.toThrow(
      "POST /v2/droplets: DigitalOcean's response does not say what happened to node[1:3]",
    );
  });
});
