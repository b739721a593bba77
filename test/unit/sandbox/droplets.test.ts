import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { ORDER, READ_ONLY, type TestApi, testApi } from './with-api.ts';

let api: TestApi;
afterEach(() => api.close());

describe('lists of droplets', () => {
  const names = (body: { droplets: { name: string }[] }) => body.droplets.map(({ name }) => name);

  it('come in pages with links to the others', async () => {
    api = await testApi({ options: { droplets: 5 } });
    const { body } = await api.call('GET /v2/droplets/?per_page=2&page=2&tag_name=belt');
    const link = (page: number) => `${api.url}/v2/droplets?per_page=2&page=${page}&tag_name=belt`;
    expect(names(body)).toEqual(['node3', 'node4']);
    expect(body.links.pages).toEqual({ first: link(1), prev: link(1), next: link(3), last: link(3) });
    expect(body.meta).toEqual({ total: 5 });
  });

  it('one page has no links; a page past the last is empty', async () => {
    api = await testApi({ options: { droplets: 3 } });
    expect((await api.call('GET /v2/droplets')).body.links).toEqual({});
    const { body } = await api.call('GET /v2/droplets?page=9');
    expect([names(body), body.links.pages.prev]).toEqual([[], expect.stringContaining('page=1')]);
  });

  it('a page holds 200 at most, and 20 unless told', async () => {
    api = await testApi({ options: { droplets: 300 } });
    expect((await api.call('GET /v2/droplets?per_page=1000')).body.droplets).toHaveLength(200);
    expect((await api.call('GET /v2/droplets')).body.droplets).toHaveLength(20);
  });

  it('10,000 are listed by tag in 50 cheap pages', async () => {
    api = await testApi({ options: { droplets: 10_000 } });
    const begun = performance.now();
    const seen = new Set<string>();
    for (let page = 1; page <= 50; page += 1) {
      const { body } = await api.call(`GET /v2/droplets?tag_name=belt-cluster-default&per_page=200&page=${page}`);
      for (const name of names(body)) {
        seen.add(name);
      }
    }
    expect(seen.size).toBe(10_000);
    expect(performance.now() - begun).toBeLessThan(25_000);
  });
});

describe('what POST /v2/droplets refuses', () => {
  it.each([
    [{ name: 'a b' }, 'Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)'],
    [{ names: Array.from({ length: 11 }, (_, n) => `n${n}`) }, 'You can only create up to 10 Droplets at a time.'],
    [{ name: 'n', size: '512mb' }, 'You specified an invalid size for Droplet creation.'],
    [{ name: 'n', region: 'lon1' }, 'Size is not available in this region.'],
    [{ name: 'n', region: 'moon1' }, 'You specified an invalid region for Droplet creation.'],
    [{ name: 'n', image: 'windows' }, 'You specified an invalid image for Droplet creation.'],
    [{ name: 'n', image: 42 }, 'You specified an invalid image for Droplet creation.'],
    [{ name: 'n', ssh_keys: [816630, 7] }, '7 are invalid key identifiers for Droplet creation.'],
    [{ name: 'n', vpc_uuid: 'none' }, 'You specified an invalid VPC for Droplet creation.'],
    [{ name: 'n', user_data: 'x'.repeat(65_537) }, 'User data is too long (maximum is 64 KiB)'],
    [{ names: ['a', 'b', 'c'] }, 'creating this/these droplet(s) will exceed your droplet limit'],
  ])('%j', async (wrong, message) => {
    api = await testApi({ options: { dropletLimit: 2 } });
    const { status, body } = await api.call('POST /v2/droplets', { ...ORDER, ...wrong });
    expect([status, body.id, body.message]).toEqual([422, 'unprocessable_entity', message]);
    expect((await api.call('GET /v2/droplets')).body.meta.total).toBe(0);
  });

  it('a key that was added a moment ago, when told to', async () => {
    let now = 1_000_000;
    api = await testApi({ clock: { ...systemClock, now: () => now }, options: { faults: ['key-late=3'] } });
    const blob = Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20abcdefghijklmnopqrstuvwxyzabcdef', 'latin1').toString(
      'base64',
    );
    const { body } = await api.call('POST /v2/account/keys', { name: 'new', public_key: `ssh-ed25519 ${blob}` });
    const order = { ...ORDER, name: 'n', ssh_keys: [body.ssh_key.fingerprint] };
    expect((await api.call('POST /v2/droplets', order)).body.message).toContain('are invalid key identifiers');
    now += 3_000;
    expect((await api.call('POST /v2/droplets', order)).status).toBe(202);
  });
});

describe('requests that go wrong', () => {
  const posted = () => api.call('POST /v2/droplets', { ...ORDER, name: 'n' });
  const total = async () => (await api.call('GET /v2/droplets')).body.meta.total;

  it.each([
    ['drop', 0],
    ['drop-after', 1],
  ])('%s: the connection is cut, and so many droplets exist', async (kind, count) => {
    api = await testApi({ options: { faults: [`${kind}@POST/v2/droplets`] } });
    await expect(posted()).rejects.toThrow('fetch failed');
    expect(await total()).toBe(count);
  });

  it('500-after: the droplet exists nevertheless', async () => {
    api = await testApi({ options: { faults: ['500-after@POST/v2/droplets'] } });
    expect((await posted()).status).toBe(500);
    expect(await total()).toBe(1);
  });

  it.each([
    ['hang', 0],
    ['hang-after', 1],
  ])('%s: no answer comes, and so many droplets exist', async (kind, count) => {
    api = await testApi({ options: { faults: [`${kind}@POST/v2/droplets`] } });
    const answer = posted().then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => api.counter.counts.byStatus['none']).toBe(1);
    expect(await total()).toBe(count);
    await api.close();
    expect(await answer).toBe('cut');
  });

  it('a client that goes away has its droplet nevertheless', async () => {
    api = await testApi({ options: { apiLatencyMs: 100 } });
    const gone = new AbortController();
    const request = fetch(`${api.url}/v2/droplets`, {
      method: 'POST',
      headers: { authorization: 'Bearer full-token' },
      body: JSON.stringify({ ...ORDER, name: 'n' }),
      signal: gone.signal,
    });
    await expect.poll(() => api.counter.counts.total).toBe(1);
    gone.abort();
    await expect(request).rejects.toThrow();
    await expect.poll(total).toBe(1);
  });
});

describe('the control endpoints', () => {
  it('count requests by endpoint, break things, and want the full token', async () => {
    api = await testApi({ options: { droplets: 1 } });
    await api.call('GET /v2/droplets/18511681');
    await api.call('GET /v2/droplets/1');
    const { body } = await api.call('GET /sandbox/status');
    expect(body.requests).toEqual({
      total: 2,
      byEndpoint: { 'GET /v2/droplets/{droplet_id}': 2 },
      byStatus: { '200': 1, '404': 1 },
    });
    expect(body.droplets[0]).toMatchObject({
      name: 'node1',
      status: 'active',
      timeline: { activeAt: expect.any(Number) },
    });
    expect((await api.call('POST /sandbox/faults', { spec: '503' })).status).toBe(204);
    expect((await api.call('GET /v2/droplets')).status).toBe(503);
    expect((await api.call('POST /sandbox/faults', { spec: 'boom' })).body.message).toContain(
      '"boom" is not a kind of fault',
    );
    expect((await api.call('GET /sandbox/status', undefined, READ_ONLY)).status).toBe(401);
    await api.call('POST /sandbox/reset-requests');
    expect((await api.call('GET /sandbox/status')).body.requests.total).toBe(0);
  });
});
