// `belt plan`; what it says of a cluster that differs is in up-truth.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines, writes } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]", labels: {tier: web}}
  firewall: {open: [80]}
`;

describe('belt plan', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
  });
  afterAll(() => w.end());

  test('of a cluster that is to be made: what, where and for how much; nothing is made', async () => {
    expect(await w.belt('plan')).toEqual({
      code: 4,
      stdout: lines(
        '  Node    Role      Size           USD/month  Change',
        '+ m1      manager   s-1vcpu-1gb         6.00  create, start the swarm',
        '+ w1      worker    s-1vcpu-1gb         6.00  create, join as worker, label tier=web',
        '+ w2      worker    s-1vcpu-1gb         6.00  create, join as worker, label tier=web',
      ),
      stderr: lines(
        'firewall belt-shop: will be created',
        '3 nodes and a firewall to create; 18.00 USD a month (0.027 an hour)',
      ),
    });
    expect(await writes(w)).toBe(0);
  });

  test('the price of new droplets is that with their backups', async () => {
    const { stdout, stderr } = await w.belt('plan', { env: { DIGITALOCEAN_BACKUPS: 'true' } });
    expect(stdout).toContain('         7.80  create, start the swarm\n');
    expect(stderr).toContain('; 23.40 USD a month (0.035 an hour), daily backups included\n');
  });

  test('of one that stands as the file says', async () => {
    expect((await w.belt('up --yes')).code).toBe(0);
    expect(await w.belt('plan')).toEqual({
      code: 0,
      stdout: lines(
        '  Node    Role      Size           USD/month  Change',
        '  m1      manager   s-1vcpu-1gb         6.00',
        '  w1      worker    s-1vcpu-1gb         6.00',
        '  w2      worker    s-1vcpu-1gb         6.00',
      ),
      stderr: 'nothing to do; 18.00 USD a month (0.027 an hour)\n',
    });
    expect(await w.belt('plan -q')).toEqual({ code: 0, stdout: expect.stringMatching(/^ {2}Node /), stderr: '' });
  });

  test('as JSON', async () => {
    const { code, stdout, stderr } = await w.belt('plan --json');
    const { cluster, changes, nodes, remove, usd } = JSON.parse(stdout);
    expect({ code, stderr, cluster, changes, remove, monthly: usd.monthly }).toEqual({
      code: 0,
      stderr: '',
      cluster: 'shop',
      changes: 0,
      remove: [],
      monthly: 18,
    });
    const unchanged = { create: false, leave: false, labels: {}, drift: [], swarm: null, trouble: null };
    expect(nodes).toMatchObject([
      { name: 'm1', role: 'manager', size: 's-1vcpu-1gb', region: 'sgp1', ...unchanged },
      { name: 'w1', role: 'worker', size: 's-1vcpu-1gb', region: 'sgp1', ...unchanged },
      { name: 'w2', role: 'worker', size: 's-1vcpu-1gb', region: 'sgp1', ...unchanged },
    ]);
  });

  test('a cluster under a new name is another one: what stays under the old one, and is billed, is told', async () => {
    await w.belt('up --yes');
    w.write('.belt.yaml', FILE.replace('name: shop', 'name: store').replace('w[1:2]', 'w[2:3]'));
    const { code, stderr } = await w.belt('plan');
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: lines(
        'firewall belt-store: will be created',
        'the cluster shop has m1,w2 too (12.00 USD a month); if this is shop under a new name, they stay and are billed; see: belt cluster ls',
        '3 nodes and a firewall to create; 18.00 USD a month (0.027 an hour)',
      ),
    });
    expect((await w.belt('cluster ls')).stdout).toMatch(/^ *shop +/m);
    expect(await w.belt('down --yes')).toEqual({
      code: 0,
      stdout: 'store: nothing to delete\n',
      stderr:
        'no description here names the cluster shop, but it is billed: m1,w[1:2], 18.00 USD a month; see: belt cluster show shop\n',
    });
    await w.belt('up --yes');
    expect((await w.belt('plan')).stderr).not.toContain('shop');
  });
});
