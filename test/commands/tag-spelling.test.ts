// An account may have belt's tags in another spelling: of a cluster that was once called Shop, or made by hand. DigitalOcean keeps it, and
// lists by tag in that spelling alone.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { api, lines, names, posts } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: shop, managers: {nodes: m1}, workers: {nodes: w1}}
`;

describe('a cluster whose tags the account has in another spelling', () => {
  const w = world();
  const colleague = () => ({ env: { BELT_STATE_DIR: `${w.cwd}/colleague` } });

  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    for (const name of ['Belt', 'belt-cluster-Shop']) await api(w, 'POST', '/v2/tags', { name });
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  test('has the droplets that belt made for it, for somebody who knows none of them too', async () => {
    expect((await w.belt('ls -q')).stdout).toBe(lines('m1', 'w1'));
    expect((await w.belt('ls -q', colleague())).stdout).toBe(lines('m1', 'w1'));
    expect((await w.belt('cluster ls -q', colleague())).stdout).toBe('shop\n');
  });

  test('is not made a second time from another machine', async () => {
    const sent = await posts(w);
    await w.belt('up --yes', colleague());
    await w.belt('create m1', colleague());
    expect({ sent: await posts(w), names: await names(w) }).toEqual({ sent, names: ['m1', 'w1'] });
  });

  test('is taken away', async () => {
    expect((await w.belt('down --yes')).code).toBe(0);
    expect(await names(w)).toEqual([]);
    const { code, stderr } = await w.belt('ls -q');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
