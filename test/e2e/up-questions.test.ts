// `belt up` at a terminal, while another run changes the cluster that the question is about.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { world } from './world.ts';

const file = (workers = 'w[1:2]') => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]", size: s-1vcpu-1gb}
  workers: {nodes: "${workers}"}
  firewall: false
`;
const ALL = ['m1', 'm2', 'm3', 'w1', 'w2'];

describe('a question that stood while the cluster changed', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file());
    await w.sandbox();
    expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
  });
  afterAll(() => w.end());

  it('what another run did while the question stood is not done again', async () => {
    w.write('.belt.yaml', file('w[1:4]'));
    const at = terminal(w, 'belt up');
    await at.shows('Apply these changes?');
    expect((await w.belt('up --yes')).code).toBe(0);
    at.type('y\r');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('shop: 7 nodes, up to date');
    expect(await names(w)).toEqual([...ALL, 'w3', 'w4']);
  });

  it('where another run did some of it, the rest is shown and asked about', async () => {
    w.write('.belt.yaml', file('w[1:6]'));
    const at = terminal(w, 'belt up');
    await at.shows('Apply these changes?');
    w.write('other/.belt.yaml', file('w[1:5]'));
    expect((await w.belt('up --yes --config other/.belt.yaml')).code).toBe(0);
    at.type('y\r');
    await at.shows('the cluster changed in the meantime; this is what is left to do:');
    await at.shows(/1 node to create;[\s\S]*Apply these changes\?/);
    expect(await names(w)).not.toContain('w6');
    at.type('n\r');
    expect(await at.ended).toBe(1);
    expect(at.screen()).toContain('nothing was changed');
  });
});
