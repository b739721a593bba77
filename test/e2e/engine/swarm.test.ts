// A swarm of several managers on real engines.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../probe.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

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
