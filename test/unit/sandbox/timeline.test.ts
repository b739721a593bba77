import { afterEach, describe, expect, it } from 'vitest';
import { loopbackAddress, overlap, parseCidr } from '../../../src/sandbox/account/addresses.ts';
import { drawBootTimes, drawTimeline } from '../../../src/sandbox/account/timeline.ts';
import { seededRandom } from '../../../src/sandbox/random.ts';
import { ORDER, type TestApi, testApi, until } from './with-api.ts';

const timelines = (mean: number, count: number) =>
  Array.from({ length: count }, (_, at) => drawTimeline(seededRandom(1, 'droplet', at), mean));

describe('the times of a droplet', () => {
  it('depend on the seed and the droplet alone', () => {
    expect(timelines(30_000, 20)).toEqual(timelines(30_000, 20));
    expect(drawTimeline(seededRandom(2, 'droplet', 0), 30_000)).not.toEqual(timelines(30_000, 1)[0]);
  });

  it('are spread as DigitalOcean spreads them', () => {
    const active = timelines(30_000, 2000).map(({ activeMs }) => activeMs);
    const mean = active.reduce((sum, ms) => sum + ms, 0) / active.length;
    const deviation = Math.sqrt(active.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / active.length);
    expect(mean).toBeGreaterThan(29_500);
    expect(mean).toBeLessThan(30_500);
    expect(deviation).toBeGreaterThan(3_700);
    expect(deviation).toBeLessThan(4_300);
    expect(Math.min(...active)).toBeGreaterThanOrEqual(9_000);
  });

  it('addresses come while the droplet is new, most of them early', () => {
    const shares = timelines(30_000, 1000).map(({ addressMs, activeMs }) => addressMs / activeMs);
    expect(shares.every((share) => share >= 0.15 && share <= 1)).toBe(true);
    expect(shares.filter((share) => share <= 0.35).length).toBeGreaterThan(850);
  });

  it('SSH and the engine follow soon after', () => {
    const { sshMs, engineMs } = drawBootTimes(seededRandom(1), 30_000);
    expect([sshMs >= 1500 && sshMs <= 4500, engineMs >= 900 && engineMs <= 3000]).toEqual([true, true]);
  });
});

describe('addresses', () => {
  it('each droplet has its own, none of them 127.0.x.x or a gateway', () => {
    const addresses = Array.from({ length: 100_000 }, (_, n) => loopbackAddress(n));
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses[0]).toBe('127.1.0.1');
    expect(addresses.filter((address) => /^127\.0\.|\.(0|254|255)$/.test(address))).toEqual([]);
  });

  it('networks that share an address overlap', () => {
    const cidr = (text: string) => parseCidr(text)!;
    expect(overlap(cidr('10.10.0.0/16'), cidr('10.10.10.0/24'))).toBe(true);
    expect(overlap(cidr('10.10.0.0/24'), cidr('10.10.1.0/24'))).toBe(false);
    expect(['10.0.0.0', '10.0.0.256/24', '10.0.0.0/33'].map(parseCidr)).toEqual([undefined, undefined, undefined]);
  });
});

describe('a droplet’s life', () => {
  let api: TestApi;
  afterEach(() => api.close());

  const gone = (id: number) =>
    until(
      () => api.call(`GET /v2/droplets/${id}`),
      ({ status }) => status === 404,
    );

  it('new without addresses, then active, with a host that was powered on; then gone with its host', async () => {
    api = await testApi();
    const { status, body } = await api.call('POST /v2/droplets', { ...ORDER, name: 'node1', ssh_keys: [816630] });
    expect([status, body.droplet.id, body.droplet.status, body.droplet.networks.v4]).toEqual([
      202,
      18511681,
      'new',
      [],
    ]);
    const { id } = body.droplet;
    await until(
      () => api.call(`GET /v2/droplets/${id}`),
      (reply) => reply.body.droplet.status === 'active',
    );
    expect((await api.call(`GET /v2/actions/${body.links.actions[0].id}`)).body.action.status).toBe('completed');
    expect(api.hosts.machines[0]).toMatchObject({
      id,
      name: 'node1',
      publicAddress: '127.1.0.1',
      privateAddress: '10.104.0.2',
      hasEngine: true,
      authorizedKeys: [expect.stringContaining('ssh-ed25519')],
    });
    expect((await api.call(`DELETE /v2/droplets/${id}`)).status).toBe(204);
    await gone(id);
    await until(
      () => api.call('GET /v2/account'),
      () => api.hosts.did.length === 3,
    );
    expect(api.hosts.did).toEqual(['create node1', 'powerOn node1', 'destroy node1']);
  });

  it('a create that ends errored leaves no droplet', async () => {
    api = await testApi({ options: { faults: ['errored@node2'] } });
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, names: ['node1', 'node2'] });
    await gone(body.droplets[1].id);
    expect((await api.call(`GET /v2/actions/${body.links.actions[1].id}`)).body.action.status).toBe('errored');
    expect((await api.call('GET /v2/droplets')).body.meta.total).toBe(1);
  });

  it('a droplet deleted while it boots gets no host', async () => {
    api = await testApi({ options: { bootSeconds: 0.5 } });
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, name: 'node1' });
    await api.call(`DELETE /v2/droplets/${body.droplet.id}`);
    await gone(body.droplet.id);
    expect(api.hosts.did).toEqual([]);
  });

  it.each([
    ['reboot', ['shutdown node1', 'powerOn node1']],
    ['power_cycle', ['powerOff node1', 'powerOn node1']],
    ['shutdown', ['shutdown node1']],
    ['power_off', ['powerOff node1']],
    ['rebuild', ['powerOff node1', 'destroy node1', 'create node1', 'powerOn node1']],
  ])('%s: the system is asked, or the plug is pulled', async (type, expected) => {
    api = await testApi();
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, name: 'node1' });
    await until(
      () => api.call(`GET /v2/droplets/${body.droplet.id}`),
      (reply) => reply.body.droplet.status === 'active',
    );
    await api.call(`POST /v2/droplets/${body.droplet.id}/actions`, { type, image: 'docker-20-04' });
    await until(
      () => api.call('GET /v2/account'),
      () => api.hosts.did.length === 2 + expected.length,
    );
    expect(api.hosts.did.slice(2)).toEqual(expected);
  });

  it('powered off from within is off to the account too', async () => {
    api = await testApi();
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, name: 'node1' });
    await until(
      () => api.call('GET /v2/account'),
      () => api.hosts.events.length === 1,
    );
    api.hosts.events[0]!.poweredOff();
    expect((await api.call(`GET /v2/droplets/${body.droplet.id}`)).body.droplet.status).toBe('off');
  });
});
