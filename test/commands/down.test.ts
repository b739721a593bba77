// `belt down`; what it does of lists that lie is in false-lists.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines, writes } from '../support/probe.ts';
import { account } from '../support/shop.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: w1}
`;

describe('belt down', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  const shown = lines(
    'cluster shop (.belt.yaml), sandbox',
    '2 droplets and all data on them will be deleted:',
    '  m1  18511681  127.1.0.1  sgp1  s-1vcpu-1gb  active  manager (leader), ready',
    '  w1  18511682  127.1.0.2  sgp1  s-1vcpu-1gb  active  worker, ready',
    'this removes the whole swarm',
    'firewall belt-shop will be deleted',
  );

  test('asks first: without a terminal it shows what goes, and leaves it', async () => {
    const before = await writes(w);
    expect(await w.belt('down')).toEqual({
      code: 2,
      stdout: '',
      stderr: `${shown}error: down asks before it deletes, but there is no terminal to ask on\nhint: add --yes if you are sure\n`,
    });
    expect(await writes(w)).toBe(before);
  });

  test('removes the droplets, then what stood around them', async () => {
    expect(await w.belt('down --yes')).toEqual({
      code: 0,
      stdout: lines('m1: removed', 'w1: removed'),
      stderr: `${shown}shop: nothing is billed any more\n`,
    });
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });

  test('nothing is left to remove', async () => {
    expect(await w.belt('down --yes')).toEqual({ code: 0, stdout: 'shop: nothing to delete\n', stderr: '' });
    expect(await w.belt('down --yes --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });
});
