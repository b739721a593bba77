import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(() => w.sandbox());
afterAll(() => w.end());

const hintOf = (stderr: string) => stderr.trimEnd().split('\n').at(-1);

test.each([
  ['ls', 'no droplets in cluster shop; create them: belt up'],
  ['rm node1', 'hint: create them: belt up'],
  ['ssh @manager', 'hint: create them: belt up'],
  ['docker ps', 'hint: create them: belt up'],
])('%s in an empty cluster that a file describes leads to belt up', async (words, last) => {
  w.write('.belt.yaml', 'digitalocean: {region: sgp1}\ncluster: {name: shop, managers: {nodes: "m[1:3]"}}\n');
  expect(hintOf((await w.belt(words)).stderr)).toBe(last);
});

test.each([
  ['ls', 'no droplets in cluster shop; create some: belt create SIZE node[1:3]'],
  ['ssh node1', 'hint: create one: belt create 1gb node1'],
])('%s in one that nothing describes leads to belt create', async (words, last) => {
  w.write('.belt.yaml', 'digitalocean: {region: sgp1}\ncluster: {name: shop}\n');
  expect(hintOf((await w.belt(words)).stderr)).toBe(last);
});

test('a mistyped BELT_CLUSTER is no empty cluster: the names near to it are told', async () => {
  w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\ncluster: {name: shop}\n');
  await w.belt('create 512mb node1 --no-wait', { env: { BELT_CLUSTER: 'stage' } });
  const told = async (words: string, cluster: string) => {
    const { code, stdout, stderr } = await w.belt(words, { env: { BELT_CLUSTER: cluster } });
    return [code, stdout, stderr];
  };
  const stgae = 'error: there is no cluster stgae (BELT_CLUSTER)\nhint: did you mean stage?\n';
  expect(await told('ls', 'stgae')).toEqual([2, '', stgae]);
  expect(await told('ls', 'shpo')).toEqual([2, '', stgae.replace('stgae', 'shpo').replace('stage', 'shop')]);
  expect(await told('ls -q', 'x')).toEqual([
    2,
    '',
    'error: there is no cluster x (BELT_CLUSTER)\nhint: see: belt cluster ls · belt cluster new x\n',
  ]);
  expect(await told('ip node2', 'stgae')).toEqual([
    2,
    '',
    'error: there is no node "node2" in cluster stgae\nhint: did you mean the cluster stage (BELT_CLUSTER)?\n',
  ]);
  expect((await told('ls -q', 'shop')).slice(0, 2)).toEqual([0, '']);
  expect((await told('ls -q --all', 'stgae')).slice(0, 2)).toEqual([0, 'node1\n']);
});
