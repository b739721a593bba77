// An API that lies about what there is: an odd field costs that field, an odd item that item, and what is no list is no empty list.
import { afterEach, describe, expect, test } from 'vitest';
import { type Cloud, cloud } from '../../../src/cloud/client.ts';
import { MOST_PAGES, PAGE_SIZE } from '../../../src/cloud/paging.ts';
import { rawDroplet, says } from './lying-api.ts';
import { said } from './things.ts';
import { type Handler, reply, type Served, serve, TOKEN } from './with-server.ts';

let api: Served | undefined;
let skipped: string[] = [];
afterEach(async () => {
  await api?.close();
  api = undefined;
  skipped = [];
});

async function client(...handlers: Handler[]): Promise<Cloud> {
  api = await serve(handlers, { timeoutMs: 2_000 });
  return cloud(api.send, { onSkipped: (line) => skipped.push(line) });
}

const raw =
  (text: string, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    says(200, text, headers)(response, []);

const list = (key: string, items: unknown[]): Handler => reply(200, { [key]: items, meta: { total: items.length } });

describe('one droplet of three is odd', () => {
  const good = [rawDroplet(1, 'a', ['belt']), rawDroplet(3, 'c', ['belt'])];
  const plain = {
    id: 2,
    name: 'b',
    status: 'new',
    memoryMiB: 1024,
    vcpus: 1,
    diskGiB: 25,
    size: 's-1vcpu-1gb',
    priceMonthly: 6,
    region: 'sgp1',
    image: 'docker-20-04',
    publicAddress: '192.0.2.1',
    privateAddress: undefined,
    tags: ['belt'],
    vpcUuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
    createdAt: '2026-01-01T00:00:00Z',
  };
  const v4 = [{ ip_address: '192.0.2.1', type: 'public' }];

  test.each<[string, object, object]>([
    ['its status is not known', { status: 'migrating' }, { status: 'migrating' }],
    ['its status is null', { status: null }, { status: 'unknown' }],
    ['size: null', { size: null }, { priceMonthly: undefined }],
    ['size and size_slug: null', { size: null, size_slug: null }, { size: 'unknown', priceMonthly: undefined }],
    ['only size.slug', { size_slug: undefined }, {}],
    ['a price that is a text', { size: { price_monthly: '6' } }, { priceMonthly: undefined }],
    ['image: null', { image: null }, { image: 'unknown' }],
    ['an image without slug', { image: { id: 7, slug: null, name: 'x' } }, { image: '7' }],
    ['an image with a name alone', { image: { name: 'x' } }, { image: 'x' }],
    ['region: null', { region: null }, { region: 'unknown' }],
    ['region: {}', { region: {} }, { region: 'unknown' }],
    ['memory: null', { memory: null }, { memoryMiB: undefined }],
    ['vcpus: null', { vcpus: null }, { vcpus: undefined }],
    ['a disk that is a text', { disk: '25' }, { diskGiB: undefined }],
    ['a type of network that is new', { networks: { v4: [{ ip_address: '10.9.9.9', type: 'vpn' }, ...v4] } }, {}],
    ['a network without an address', { networks: { v4: [{ type: 'public' }, null, ...v4] } }, {}],
    [
      'an address that is none',
      { networks: { v4: [{ ip_address: '-oProxyCommand=x', type: 'public' }] } },
      { publicAddress: undefined },
    ],
    ['v4: null', { networks: { v4: null } }, { publicAddress: undefined }],
    ['networks: null', { networks: null }, { publicAddress: undefined }],
    ['no networks', { networks: undefined }, { publicAddress: undefined }],
    ['networks: []', { networks: [] }, { publicAddress: undefined }],
    ['tags: null', { tags: null }, { tags: [] }],
    ['no tags', { tags: undefined }, { tags: [] }],
    ['null among the tags', { tags: [null, 'belt', 7] }, {}],
    ['vpc_uuid: null', { vpc_uuid: null }, { vpcUuid: undefined }],
    ['created_at: null', { created_at: null }, { createdAt: '' }],
    ['no created_at', { created_at: undefined }, { createdAt: '' }],
    ['name: null', { name: null }, { name: '' }],
    ['an id that is a text', { id: '2' }, {}],
  ])('%s', async (_what, odd, seen) => {
    const { droplets } = await client(
      list('droplets', [good[0], { ...rawDroplet(2, 'b', ['belt']), ...odd }, good[1]]),
    );
    const found = await droplets();
    expect(found.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(found[1]).toEqual({ ...plain, ...seen });
    expect(skipped).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['no id', { ...rawDroplet(2, 'b'), id: undefined }],
    ['id: null', { ...rawDroplet(2, 'b'), id: null }],
    ['id: 0', { ...rawDroplet(2, 'b'), id: 0 }],
    ['an id with a fraction', { ...rawDroplet(2, 'b'), id: 1.5 }],
    ['an id that is too large to be exact', { ...rawDroplet(2, 'b'), id: 2 ** 60 }],
    ['null', null],
    ['a text', 'b'],
    ['a list', []],
  ])('%s: it is left out, and that is traced', async (_what, odd) => {
    const { droplets } = await client(list('droplets', [good[0], odd, good[1]]));
    expect((await droplets()).map(({ id }) => id)).toEqual([1, 3]);
    expect(skipped[0]).toMatch(/^invalid entry in the list of droplets: /);
    // What cannot be read is there all the same: the list is not read again for it.
    expect(api?.requests).toHaveLength(1);
  });
});

describe('what is no list', () => {
  test.each<[string, Handler, string]>([
    ['droplets: null', reply(200, { droplets: null, meta: { total: 2 } }), 'droplets is not a list'],
    ['droplets: null, and no total', reply(200, { droplets: null }), 'droplets is not a list'],
    ['an object', reply(200, { droplets: {}, meta: { total: 0 } }), 'droplets is not a list'],
    ['nothing of the name', reply(200, {}), 'droplets is not a list'],
    ['a list at the top', reply(200, []), 'droplets is not a list'],
    ['null', reply(200, null), 'droplets is not a list'],
    ['a text', reply(200, 'ok'), 'droplets is not a list'],
    ['only items that cannot be read', reply(200, { droplets: [{}, {}], meta: { total: 2 } }), 'id: '],
  ])('%s: an error, and not an empty account', async (_what, handler, reason) => {
    const { droplets } = await client(handler);
    await expect(droplets()).rejects.toMatchObject({
      message: expect.stringContaining(`DigitalOcean's response does not match its API: droplets: ${reason}`),
      hint: 'check api_url; if it is right, this is a bug in belt: please report it',
    });
  });

  test('null is an empty list where the total says so too', async () => {
    const { droplets } = await client(reply(200, { droplets: null, meta: { total: 0 } }));
    expect(await droplets()).toEqual([]);
  });

  test('droplet: null does not mean that it is gone', async () => {
    const { droplet } = await client(reply(200, { droplet: null }));
    await expect(droplet(7)).rejects.toThrow("DigitalOcean's response does not match its API: droplet");
  });
});

describe('a total', () => {
  const droplets = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => rawDroplet(from + n, `n${from + n}`));
  /** Pages of `all`, and `total` of whatever kind. */
  const paged =
    (all: object[], meta: unknown, size = PAGE_SIZE): Handler =>
    (request, response) => {
      const page = Number(new URL(request.url!, 'http://api').searchParams.get('page'));
      const items = all.slice((page - 1) * size, page * size);
      says(200, `{"droplets": ${JSON.stringify(items)}, "meta": ${meta as string}}`)(response, []);
    };

  test.each<[string, string]>([
    ['of 1e15', '{"total": 1e15}'],
    ['of 1e999', '{"total": 1e999}'],
    ['below 0', '{"total": -1}'],
    ['of half a droplet', '{"total": 0.5}'],
    ['as a text', '{"total": "3"}'],
    ['of null', '{"total": null}'],
    ['of 0, which is wrong', '{"total": 0}'],
    ['of one too few', '{"total": 249}'],
    ['that is missing', '{}'],
    ['in a meta that is null', 'null'],
    ['in a meta that is a text', '"many"'],
  ])('%s: what the pages hold decides', async (_what, meta) => {
    const all = droplets(1, 250);
    const { droplets: read } = await client(paged(all, meta));
    expect((await read()).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(api!.requests.length).toBeLessThanOrEqual(4);
  });

  test('of one that is more than the pages hold: read once more, and taken as it is', async () => {
    const { droplets: read } = await client(paged(droplets(1, 3), '{"total": 4000}'));
    expect(await read()).toHaveLength(3);
    expect(api!.requests).toHaveLength(4);
  });

  test('of pages that are smaller than was asked for', async () => {
    const { droplets: read } = await client(paged(droplets(1, 95), '{"total": 95}', 20));
    expect(await read()).toHaveLength(95);
    expect(api!.requests).toHaveLength(5);
  });

  test('that is missing, of pages that are smaller than was asked for', async () => {
    const { droplets: read } = await client(paged(droplets(1, 95), '{}', 20));
    expect(await read()).toHaveLength(95);
  });

  test('that is missing, from an API that does not know pages', async () => {
    const { droplets: read } = await client(raw(JSON.stringify({ droplets: droplets(1, 3) })));
    expect(await read()).toHaveLength(3);
    expect(api!.requests).toHaveLength(2);
  });

  test('is what counts droplets; without a plausible one there is no count', async () => {
    const { dropletCount } = await client(
      reply(200, { droplets: [], meta: { total: 7 } }),
      reply(200, { droplets: [], meta: { total: 1e15 } }),
      reply(200, { droplets: [] }),
    );
    expect([await dropletCount(), await dropletCount(), await dropletCount()]).toEqual([7, undefined, undefined]);
  });

  const endless =
    (last: number): Handler =>
    (request, response) => {
      const page = Number(new URL(request.url!, 'http://api').searchParams.get('page'));
      says(200, JSON.stringify({ droplets: page > last ? [] : droplets(page, 1) }))(response, []);
    };

  test(`that is missing, and ${MOST_PAGES} pages: all are read`, async () => {
    const { droplets: read } = await client(endless(MOST_PAGES));
    expect(await read()).toHaveLength(MOST_PAGES);
  });

  test(`that is missing, and pages without an end: belt stops after ${MOST_PAGES}`, async () => {
    const { droplets: read } = await client(endless(Number.POSITIVE_INFINITY));
    expect(await said(read())).toBe(
      `DigitalOcean's list of droplets has more than ${MOST_PAGES} pages: belt stops reading there\ncheck api_url`,
    );
    expect(api!.requests).toHaveLength(MOST_PAGES + 1);
  });

  test(`that asks for more than ${MOST_PAGES} pages`, async () => {
    const all = droplets(1, MOST_PAGES * 2 + 1);
    const { droplets: read } = await client(paged(all, `{"total": ${all.length}}`, 2));
    await expect(read()).rejects.toThrow(`has more than ${MOST_PAGES} pages`);
  });
});

describe('what an account offers', () => {
  test('sizes', async () => {
    const { sizes } = await client(
      list('sizes', [
        { slug: 'a', memory: 1, vcpus: 1, disk: 1, price_monthly: 1, regions: ['sgp1'], available: false },
        { slug: 'b', memory: null, vcpus: null, disk: null, price_monthly: null, regions: null, available: null },
        { slug: null },
      ]),
    );
    expect(await sizes()).toEqual([
      { slug: 'a', memory: 1, vcpus: 1, disk: 1, price_monthly: 1, regions: ['sgp1'], available: false },
      { slug: 'b', available: true },
    ]);
    expect(skipped).toHaveLength(1);
  });

  test('regions, images, keys, VPCs', async () => {
    const answers: Record<string, Handler> = {
      regions: list('regions', [{ slug: 'sgp1', name: null, available: null }, {}]),
      images: list('images', [{ id: 7, slug: null, name: null, regions: null, min_disk_size: null }, {}]),
      keys: list('ssh_keys', [{ id: 7, fingerprint: null, name: null, public_key: null }, {}]),
      vpcs: list('vpcs', [{ id: 'v', name: null, region: null, description: null, default: null }, {}]),
    };
    const { regions, images, keys, vpcs } = await client((request, response, body) => {
      const key = /(\w+)\?/.exec(request.url!)![1]!;
      answers[key]!(request, response, body);
    });
    expect(await regions()).toEqual([{ slug: 'sgp1', name: '', available: true }]);
    expect(await images()).toEqual([{ id: 7, name: '' }]);
    expect(await keys()).toEqual([{ id: 7, fingerprint: '', name: '', public_key: '' }]);
    expect(await vpcs()).toEqual([{ id: 'v', name: '', region: 'unknown' }]);
  });

  test('the account itself, with hardly anything in it', async () => {
    const { account } = await client(reply(200, { account: { droplet_limit: null, team: null, uuid: 7 } }));
    expect(await account()).toEqual({});
  });

  test('an image is never asked for at another address', async () => {
    const { image } = await client(reply(404, { id: 'not_found', message: 'no' }));
    for (const ref of ['', '.', '..', '../account', 'a/../../b', 'x?y#z']) expect(await image(ref)).toBe(undefined);
    expect(api!.requests.every((request) => /^GET \/v2\/images\/[^/?#]+$/.test(request))).toBe(true);
    expect(api!.requests).toHaveLength(3);
  });
});

describe('firewalls', () => {
  const rule = { protocol: 'tcp', ports: '22', sources: { addresses: ['192.0.2.0/24'] } };
  const out = { protocol: 'tcp', ports: 'all', destinations: { addresses: ['0.0.0.0/0'] } };
  const firewall = (id: string, more: object) => ({
    id,
    name: id,
    tags: ['belt'],
    inbound_rules: [rule],
    outbound_rules: [out],
    ...more,
  });
  const read = { protocol: 'tcp', ports: '22', peers: { addresses: ['192.0.2.0/24'], tags: [], others: {} } };

  test.each<[string, object, object]>([
    ['rules: null', { inbound_rules: null, outbound_rules: null }, { inbound: [], outbound: [] }],
    ['no rules', { inbound_rules: undefined, outbound_rules: undefined }, { inbound: [], outbound: [] }],
    ['null among its rules', { inbound_rules: [null, rule] }, {}],
    ['tags: null', { tags: null }, { tags: [] }],
    ['droplet_ids: null', { droplet_ids: null }, {}],
    ['name: null', { name: null }, { name: '' }],
  ])('one with %s does not stop the list', async (_what, odd, seen) => {
    const { firewalls } = await client(list('firewalls', [firewall('a', {}), firewall('b', odd), { id: null }]));
    const [a, b, ...others] = await firewalls();
    expect(others).toEqual([]);
    expect(a).toMatchObject({ id: 'a', inbound: [read], foreign: { inbound: [], outbound: [] } });
    expect(b).toMatchObject({
      id: 'b',
      name: 'b',
      dropletIds: [],
      inbound: [read],
      foreign: { inbound: [], outbound: [] },
      ...seen,
    });
  });

  test.each<[string, object]>([
    ['a protocol that is new', { ...rule, protocol: 'sctp' }],
    ['no protocol', { ...rule, protocol: null }],
    ['sources of a new kind', { ...rule, sources: { vpc_uuids: ['x'] } }],
    ['sources of a new kind beside others', { ...rule, sources: { addresses: ['192.0.2.1'], vpc_uuids: ['x'] } }],
    ['no sources', { protocol: 'tcp', ports: '22' }],
    ['ports as a number', { ...rule, ports: 22 }],
    ['ports in words', { ...rule, ports: 'ssh' }],
    ['a new field that says something', { ...rule, action: 'deny' }],
  ])('a rule with %s is none that belt reads, and stays when belt changes the firewall', async (_what, odd) => {
    const found = reply(200, { firewalls: [firewall('a', { inbound_rules: [odd, rule] })], meta: { total: 1 } });
    const { firewalls, updateFirewall } = await client(found, reply(200, { firewall: firewall('a', {}) }));
    const [a] = await firewalls();
    expect(a).toMatchObject({ inbound: [read], foreign: { inbound: [odd] } });
    expect(skipped).toEqual(['firewall a: belt cannot express 1 of its rules and leaves them as they are']);
    await updateFirewall(a!, { name: 'a', tags: ['belt'], inbound: [], outbound: [] });
    expect(JSON.parse(api!.bodies[1]!)).toEqual({
      name: 'a',
      tags: ['belt'],
      inbound_rules: [odd],
      outbound_rules: [],
    });
  });

  test('so does an outbound one; a new field that says nothing is no reason', async () => {
    const odd = { ...out, protocol: 'gre' };
    const plain = { ...out, note: null };
    const found = reply(200, { firewalls: [firewall('a', { outbound_rules: [odd, plain] })], meta: { total: 1 } });
    const { firewalls, updateFirewall } = await client(found, reply(200, { firewall: firewall('a', {}) }));
    const [a] = await firewalls();
    expect(a?.outbound).toHaveLength(1);
    await updateFirewall(a!, { name: 'a', tags: [], inbound: [], outbound: [] });
    expect(JSON.parse(api!.bodies[1]!)).toMatchObject({ inbound_rules: [], outbound_rules: [odd] });
  });
});

describe('an error', () => {
  const message = async (body: string): Promise<string> => {
    const { droplet } = await client((_request, response) => says(422, body)(response, []));
    const error = await droplet(7).catch((caught) => caught);
    expect(error).toMatchObject({ name: 'CloudError', status: 422 });
    return (error as Error).message;
  };

  test.each<[string, string]>([
    ['an empty body', ''],
    ['{"message": null}', '{"message": null}'],
    ['{"id": null, "message": 7}', '{"id": null, "message": 7}'],
    ['a message that is an object', '{"message": {"toString": "x"}}'],
    ['an empty message', '{"message": ""}'],
    ['null', 'null'],
    ['a list', '[{"message": "no"}]'],
    ['a text', '"no"'],
    ['a number', '7'],
    ['cut JSON', '{"message": "n'],
    ['no JSON', 'no'],
  ])('with %s is told by its status', async (_what, body) => {
    expect(await message(body)).toBe('DigitalOcean: status 422 (GET /v2/droplets/7: 422)');
  });

  test('has its controls written out', async () => {
    const text = 'a\u001b[2Jb\nc\rd\u202ee';
    expect(await message(JSON.stringify({ id: 'x\u001b', message: text }))).toBe(
      'DigitalOcean: a\\x1b[2Jb\\nc\\rd\\u202ee (GET /v2/droplets/7: 422)',
    );
  });

  test('is cut to a sane length', async () => {
    const long = await message(JSON.stringify({ message: 'x'.repeat(1_000_000) }));
    expect(long).toBe(`DigitalOcean: ${'x'.repeat(299)}… (GET /v2/droplets/7: 422)`);
    expect(await message(JSON.stringify({ message: 'x'.repeat(300) }))).toContain('x'.repeat(300));
  });

  test.each([
    ['as it is', `{"id": "${TOKEN}", "message": "Authorization: Bearer ${TOKEN} is bad"}`],
    ['escaped', JSON.stringify({ message: TOKEN }).replace(TOKEN[0]!, `\\u00${TOKEN.charCodeAt(0).toString(16)}`)],
    ['where the text is cut', JSON.stringify({ message: `${'x'.repeat(290)}${TOKEN}` })],
  ])('never holds the token: %s', async (_what, body) => {
    const { droplet } = await client((_request, response) => says(422, body)(response, []));
    const error = await droplet(7).catch((caught) => caught);
    expect(`${error.stack} ${error.id} ${error.hint} ${JSON.stringify(error)} ${api!.traced}`).not.toContain(
      TOKEN.slice(0, 9),
    );
  });

  test('of 404 that is not in the words of DigitalOcean does not mean that it is gone', async () => {
    const { droplet, deleteDroplet } = await client((_request, response) => says(404, '')(response, []));
    await expect(droplet(7)).rejects.toMatchObject({ name: 'CloudError', status: 404 });
    await expect(deleteDroplet(7)).rejects.toMatchObject({ name: 'CloudError', status: 404 });
  });

  test('of 404 in the words of DigitalOcean does', async () => {
    const { droplet, deleteDroplet } = await client(reply(404, { id: 'not_found', message: 'no' }));
    expect(await droplet(7)).toBe(undefined);
    await deleteDroplet(7);
  });
});

describe('what makes something, answered with what cannot be read, is in doubt', () => {
  const calls: [string, (cloud: Cloud) => Promise<unknown>][] = [
    ['addKey', ({ addKey }) => addKey('k', 'ssh-ed25519 AAAA')],
    ['createVpc', ({ createVpc }) => createVpc({ name: 'v', region: 'sgp1', description: '' })],
    ['createFirewall', ({ createFirewall }) => createFirewall({ name: 'f', tags: [], inbound: [], outbound: [] })],
  ];
  const answers = ['{}', '', 'null', '{"ssh_key": null, "vpc": {}, "firewall": []}', '<html>'];
  test.each(calls.flatMap(([name, call]) => answers.map((text) => [name, text, call] as const)))(
    '%s: %s',
    async (_name, text, call) => {
      const asked = await client((_request, response) => says(201, text)(response, []));
      await expect(call(asked)).rejects.toMatchObject({ name: 'Ambiguous' });
      expect(api!.requests).toHaveLength(1);
    },
  );
});
