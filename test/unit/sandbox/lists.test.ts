// Lists of droplets lag behind, as DigitalOcean's do; what is asked for by id does not. Addresses are used again.
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { ORDER, type TestApi, testApi, until } from './with-api.ts';

let api: TestApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

/** The sandbox's time, which moves when the test says so. */
async function lagging(listLagMs: number, seed = 1) {
  const time = { ms: 1_000_000 };
  const made = await testApi({
    options: { listLagMs, seed, bootSeconds: 1 },
    clock: { ...systemClock, now: () => time.ms },
  });
  api = made;
  const post = async (...names: string[]) =>
    (await made.call('POST /v2/droplets', { ...ORDER, names, tags: ['blue'] })).body.droplets as {
      id: number;
      networks: object;
    }[];
  const list = async (query = '') =>
    (await made.call(`GET /v2/droplets?per_page=200${query}`)).body.droplets.map(({ name }: { name: string }) => name);
  /** What so many lists show at this moment, each different one once. */
  const shown = async (query = '') => {
    const lists = new Set<string>();
    for (let n = 0; n < 40; n++) lists.add((await list(query)).join());
    return [...lists].sort();
  };
  return { time, post, list, shown, call: made.call };
}

test('each list is of a moment of its own: what is new shows in some, and what came before it in those as well', async () => {
  const { time, post, shown, call } = await lagging(2_000);
  const [first] = await post('a');
  time.ms += 500;
  await post('b');
  time.ms += 500;
  expect(await shown()).toEqual(['', 'a', 'a,b']);
  expect(await shown('&tag_name=blue')).toEqual(['', 'a', 'a,b']);
  expect(await shown('&name=b')).toEqual(['', 'b']);
  expect((await call(`GET /v2/droplets/${first!.id}`)).status).toBe(200);
  time.ms += 2_000;
  expect(await shown()).toEqual(['a,b']);
});

test('what is gone shows a while longer; asked for by its id it is gone', async () => {
  const { time, post, shown, call } = await lagging(2_000);
  const [a] = await post('a', 'b');
  time.ms += 10_000;
  await call(`DELETE /v2/droplets/${a!.id}`);
  await until(
    () => call(`GET /v2/droplets/${a!.id}`),
    ({ status }) => status === 404,
  );
  time.ms += 100;
  expect(await shown('&tag_name=blue')).toEqual(['a,b', 'b']);
  time.ms += 2_000;
  expect(await shown('&tag_name=blue')).toEqual(['b']);
});

test('the pages of one list are of one moment', async () => {
  const { time, post, call } = await lagging(2_000);
  await post('a', 'b', 'c');
  time.ms += 1_000;
  for (let n = 0; n < 20; n++) {
    const totals = [];
    for (const page of [1, 2, 3]) {
      totals.push((await call(`GET /v2/droplets?per_page=1&page=${page}`)).body.meta.total);
    }
    expect(['0,0,0', '3,3,3']).toContain(totals.join());
  }
});

test('one seed lags alike', async () => {
  const seen: string[] = [];
  for (const seed of [7, 7, 8]) {
    const { time, post, list } = await lagging(2_000, seed);
    await post('a');
    time.ms += 1_000;
    let lists = '';
    for (let n = 0; n < 30; n++) lists += (await list()).length;
    seen.push(lists);
    await api?.close();
  }
  expect(seen[0]).toBe(seen[1]);
  expect(seen[0]).not.toBe(seen[2]);
});

test('droplets that exist from the start are listed from the start', async () => {
  api = await testApi({ options: { listLagMs: 5_000, droplets: 3 } });
  expect((await api.call('GET /v2/droplets')).body.meta.total).toBe(3);
});

test('addresses, private ones too, are given again once a droplet is gone', async () => {
  api = await testApi();
  const { call } = api;
  const addressesOf = async (id: number) => {
    const { body } = await until(
      () => call(`GET /v2/droplets/${id}`),
      ({ body }) => body.droplet.networks.v4.length > 0,
    );
    return body.droplet.networks.v4.map(({ ip_address: address }: { ip_address: string }) => address);
  };
  const make = async (name: string): Promise<number> =>
    (await call('POST /v2/droplets', { ...ORDER, names: [name] })).body.droplets[0].id;
  const [a, b] = [await make('a'), await make('b')];
  const before = await addressesOf(a);
  expect(await addressesOf(b)).not.toEqual(before);
  await call(`DELETE /v2/droplets/${a}`);
  await until(
    () => call(`GET /v2/droplets/${a}`),
    ({ status }) => status === 404,
  );
  expect(await addressesOf(await make('c'))).toEqual(before);
});
