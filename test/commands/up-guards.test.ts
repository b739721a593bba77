// What `belt up --replace` and `--prune` do not take: droplets that the file does not name, that belt did not make, or that another
// cluster has, too.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { api, droplet, lines, names, told, writes } from '../support/probe.ts';

const file = (workers: string) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "${workers}"}
`;

const w = world();
beforeAll(async () => {
  w.write('.belt.yaml', file('w[1:3]'));
  await w.sandbox();
  expect((await w.belt('up --yes')).code).toBe(0);
  w.write('.belt.yaml', file('w[1:2]'));
  const order = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' };
  await api(w, 'POST', '/v2/droplets', { ...order, name: 'db', tags: ['belt-cluster-shop'] });
  const tags = ['belt', 'belt-cluster-shop', 'belt-cluster-blue'];
  await api(w, 'POST', '/v2/droplets', { ...order, name: 'both', tags });
});
afterAll(() => w.end());

test.each(['w3', 'db', 'w[1:3]', 'w9'])('--replace %s: the file names no such node', async (words) => {
  const before = await writes(w);
  for (const command of ['plan', 'up --yes']) {
    expect(told(await w.belt(`${command} --replace ${words}`))).toEqual({
      code: 2,
      error: `--replace ${words === 'w[1:3]' ? 'w3' : words}: the file's cluster has no such node`,
      hint: 'see: belt plan',
    });
  }
  expect(await writes(w)).toBe(before);
});

test('a node is not recreated in another region, where it could not reach the others', async () => {
  w.write('.belt.yaml', file('w[1:2]').replace('workers: {', 'workers: {region: fra1, '));
  const before = await writes(w);
  expect((await w.belt('plan')).stderr).toContain(
    'w[1:2] have the region sgp1, but the file says fra1; set region: sgp1 again, or describe a second cluster',
  );
  for (const command of ['plan', 'up --yes']) {
    expect(told(await w.belt(`${command} --replace w1`))).toEqual({
      code: 2,
      error:
        'w1 would be in fra1, and the other nodes are in sgp1: nodes of a cluster reach each other over their VPC, which is in one region',
      hint: 'set region: sgp1 in .belt.yaml, or describe a second cluster',
    });
  }
  expect(await writes(w)).toBe(before);
  w.write('.belt.yaml', file('w[1:2]'));
});

test('--prune takes what belt made for this cluster alone, and says what it leaves', async () => {
  const { stderr } = await w.belt('plan --prune');
  const left = (name: string) =>
    `warning: ${name}: its tags do not mark it as belt's and as part of shop only; it is left alone`;
  expect(stderr).toContain(lines(left('db'), left('both')));
  const before = await writes(w);
  await w.belt('up --prune');
  expect(await writes(w)).toBe(before);
  const pruned = await w.belt('up --yes --prune');
  expect(pruned.code).toBe(4);
  expect(pruned.stderr).toContain(lines(left('both')));
  expect(await names(w)).toEqual(['both', 'db', 'm1', 'w1', 'w2']);
});

const tagging = async (method: 'POST' | 'DELETE', tag: string): Promise<unknown> => {
  const { id } = await droplet(w, 'w1');
  const resources = [{ resource_id: String(id), resource_type: 'droplet' }];
  return api(w, method, `/v2/tags/${tag}/resources`, { resources });
};

const REFUSED = {
  code: 2,
  error: "--replace w1: its tags do not mark it as belt's and as part of shop only",
  hint: 'see its tags: belt ls --wide · delete it all the same: belt rm --any w1',
};

test('--replace of a node of the file that another cluster has, too, is refused', async () => {
  await tagging('POST', 'belt-cluster-blue');
  const before = await writes(w);
  for (const command of ['plan', 'up --yes']) expect(told(await w.belt(`${command} --replace w1`))).toEqual(REFUSED);
  expect(await writes(w)).toBe(before);
  await tagging('DELETE', 'belt-cluster-blue');
});

test('--replace of one that lost belt’s own tag is refused, and does not create a second one', async () => {
  await tagging('DELETE', 'belt');
  const before = await writes(w);
  expect(told(await w.belt('plan --replace w1'))).toEqual(REFUSED);
  const { code, stderr } = await w.belt('up --yes --replace w1');
  expect({ code, said: stderr.match(/^warning: w1 exists .*; tag the droplet w1 with belt and .*$/m)?.length }).toEqual(
    {
      code: 3,
      said: 1,
    },
  );
  expect(await writes(w)).toBe(before);
  await tagging('POST', 'belt');
});

test('without --prune nothing is taken, and what is not in the file is told', async () => {
  w.write('.belt.yaml', file('w1'));
  const { code, stdout, stderr } = await w.belt('up --yes');
  expect({ code, stdout }, stderr).toEqual({ code: 4, stdout: expect.stringContaining('w2') });
  expect(await names(w)).toContain('w2');
});

test('a droplet that somebody put behind the firewall stays behind it when up changes that', async () => {
  const all = async () =>
    ((await api(w, 'GET', '/v2/firewalls')) as { firewalls: { id: string; droplet_ids: number[] }[] }).firewalls;
  const { id } = await droplet(w, 'db');
  await api(w, 'POST', `/v2/firewalls/${(await all())[0]!.id}/droplets`, { droplet_ids: [id] });
  w.write('.belt.yaml', `${file('w[1:2]')}  firewall: {open: [80]}\n`);
  expect((await w.belt('up --yes')).stderr).toContain('firewall belt-shop: changed\n');
  expect((await all()).map(({ droplet_ids }) => droplet_ids)).toEqual([[id]]);
});
