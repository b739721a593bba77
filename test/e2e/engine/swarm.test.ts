// A swarm of several managers on real engines.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, until } from '../probe.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

onEngines('a cloud firewall', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
  });
  afterAll(() => w?.end());

  it('a join times out while the port is closed, and succeeds when it is opened', async () => {
    expect(await w.belt('create 512mb node[1:2]', { timeoutMs: 120_000 })).toMatchObject({ code: 0 });
    expect(await w.belt('swarm init node1')).toMatchObject({ code: 0 });
    const [node1] = (await w.status()).droplets;
    const world = { addresses: ['0.0.0.0/0'] };
    const rule = (ports: string) => ({ protocol: 'tcp', ports, sources: world });
    const fire = (inbound: unknown[]) => ({
      name: 'closed',
      droplet_ids: [node1!.id],
      inbound_rules: inbound,
      outbound_rules: ['tcp', 'udp'].map((protocol) => ({ protocol, ports: 'all', destinations: world })),
    });
    const { firewall } = (await api(w, 'POST', '/v2/firewalls', fire([rule('22')]))) as { firewall: { id: string } };
    await settled(w, firewall.id);
    const closed = await w.belt('swarm join node1 node2', { timeoutMs: 120_000 });
    expect(closed.code).not.toBe(0);
    await api(w, 'PUT', `/v2/firewalls/${firewall.id}`, fire([rule('22'), rule('2377')]));
    await settled(w, firewall.id);
    // A real engine gave up by now and says so: `docker info` has it in a swarm whose state is "error".
    expect(await w.belt('swarm join node1 node2 --force', { timeoutMs: 120_000 })).toMatchObject({ code: 0 });
    const { stdout } = await w.belt('--host node1 docker node ls --format {{.Hostname}},{{.Status}}');
    expect(stdout.trim().split('\n').sort()).toEqual(['node1,Ready', 'node2,Ready']);
  });
});

/** Waits until the firewall is what it was told to be, everywhere. */
const settled = (w: World, id: string) =>
  until('the firewall is up', async () => {
    const { firewall } = (await api(w, 'GET', `/v2/firewalls/${id}`)) as { firewall: { status: string } };
    return firewall.status === 'succeeded';
  });

onEngines('three managers and three workers', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
  });
  afterAll(() => w?.end());

  it('every node Ready, every manager Reachable, no join repeated', async () => {
    expect(await w.belt('create 512mb {m,w}[1:3]', { timeoutMs: 120_000 })).toMatchObject({ code: 0 });
    expect(await w.belt('active m1')).toMatchObject({ code: 0 });
    const joined = await w.belt('swarm join m1 m[2:3] --manager', { timeoutMs: 120_000 });
    expect({ code: joined.code, stderr: joined.code ? joined.stderr : '' }).toEqual({ code: 0, stderr: '' });
    expect(await w.belt('swarm join m1 w[1:3]', { timeoutMs: 120_000 })).toMatchObject({ code: 0 });
    const expected = [
      'm1,Ready,Leader',
      'm2,Ready,Reachable',
      'm3,Ready,Reachable',
      'w1,Ready,',
      'w2,Ready,',
      'w3,Ready,',
    ];
    await until('every node is ready', async () => {
      const { stdout } = await w.belt('docker node ls --format {{.Hostname}},{{.Status}},{{.ManagerStatus}}');
      return stdout.trim().split('\n').sort().join(' ') === expected.join(' ');
    });
  });

  it('a manager that is powered off is Down, and the others still decide', async () => {
    const [m3] = (await w.status()).droplets.filter(({ name }) => name === 'm3');
    await fetch(`${w.env['DIGITALOCEAN_API_URL']}/v2/droplets/${m3!.id}/actions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${w.env['DIGITALOCEAN_ACCESS_TOKEN']}`, 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'power_off' }),
    });
    await until(
      'm3 is Down',
      async () => {
        const { stdout } = await w.belt('docker node ls --format {{.Hostname}},{{.Status}},{{.ManagerStatus}}');
        return stdout.includes('m3,Down,Unreachable');
      },
      60_000,
    );
    expect(await w.belt('docker node update --label-add seen=yes w1')).toMatchObject({ code: 0 });
  });
});
