// Words about one cluster of several: no other one is touched, a description of the user's own is not edited, and what cannot be undone
// is asked about.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines, names, told, writes } from '../support/probe.ts';
import { account } from '../support/shop.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: web
  managers: {nodes: w1}
`;
const w = world();
const fileOf = (name: string): string => join(w.cwd, '.belt/clusters', `${name}.yaml`);
const chosen = async (): Promise<string> => (await w.belt('cluster config')).stdout.match(/^ {2}name: (.*)$/m)![1]!;

beforeAll(async () => {
  w.write('.belt.yaml', FILE);
  await w.sandbox();
  for (const [name, manager] of [
    ['shop', 'm1'],
    ['blue', 'b1'],
  ]) {
    expect((await w.belt(`cluster new ${name} --manager ${manager}`)).code).toBe(0);
    expect((await w.belt('up --yes')).code).toBe(0);
  }
});
afterAll(() => w.end());

test('what a file of the user’s says is edited by the user alone', async () => {
  const own = {
    code: 2,
    error: 'web is described in .belt.yaml, which belt does not edit',
    hint: 'edit it there, then: belt up',
  };
  expect(told(await w.belt('cluster update web --worker 2'))).toEqual(own);
  expect(told(await w.belt('cluster provision web --worker 2 --yes'))).toEqual(own);
  expect(readFileSync(join(w.cwd, '.belt.yaml'), 'utf8')).toBe(FILE);
  const described = { code: 2, error: '.belt.yaml describes web', hint: 'what differs from it: belt plan' };
  for (const words of ['cluster import web', 'cluster import web --force'])
    expect(told(await w.belt(words))).toEqual(described);
  expect(existsSync(fileOf('web'))).toBe(false);
});

test('import overwrites nothing unasked, and takes no manager that there is not', async () => {
  const before = readFileSync(fileOf('shop'), 'utf8');
  expect(told(await w.belt('cluster import shop'))).toEqual({
    code: 2,
    error: '.belt/clusters/shop.yaml describes shop',
    hint: '--force overwrites it',
  });
  expect(told(await w.belt('cluster import shop --force --manager b1'))).toEqual({
    code: 2,
    error: '--manager b1: the cluster has no such droplet',
    hint: undefined,
  });
  expect(readFileSync(fileOf('shop'), 'utf8')).toBe(before);
});

test('use and provision: only a cluster that there is, and nothing without a yes', async () => {
  expect(told(await w.belt('cluster use nosuch'))).toMatchObject({ code: 2, error: 'there is no cluster nosuch' });
  expect(await chosen()).toBe('blue');
  expect((await w.belt('cluster new grey')).code).toBe(0);
  const before = await writes(w);
  expect(told(await w.belt('cluster provision grey'))).toEqual({
    code: 2,
    error: 'up asks before it changes anything, but there is no terminal to ask on',
    hint: 'add --yes if you are sure',
  });
  expect(await writes(w)).toBe(before);
  expect((await w.belt('cluster rm grey --yes')).code).toBe(0);
  expect((await w.belt('cluster use blue')).code).toBe(0);
});

test('a description alone is asked about, too', async () => {
  expect((await w.belt('cluster new red')).code).toBe(0);
  expect(await w.belt('cluster rm red')).toEqual({
    code: 2,
    stdout: '',
    stderr: lines(
      'error: rm asks before it removes a description, but there is no terminal to ask on',
      'hint: add --yes if you are sure',
    ),
  });
  expect(existsSync(fileOf('red'))).toBe(true);
  expect(await w.belt('cluster rm red --yes')).toEqual({
    code: 0,
    stdout: 'red: removed\n',
    stderr: '.belt/clusters/red.yaml: removed\n',
  });
  expect(existsSync(fileOf('red'))).toBe(false);
  expect((await w.belt('cluster use blue')).code).toBe(0);
});

test('what is not agreed to is left with its description, and stays chosen', async () => {
  const before = await writes(w);
  expect((await w.belt('cluster rm blue')).code).toBe(2);
  expect(await writes(w)).toBe(before);
  expect({ file: existsSync(fileOf('blue')), chosen: await chosen() }).toEqual({ file: true, chosen: 'blue' });
});

test('the named cluster goes, not the chosen one', async () => {
  const { code, stdout, stderr } = await w.belt('cluster rm shop --yes');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'm1: removed\n' });
  expect(stderr.split('\n')[0]).toBe('cluster shop (named in this command), sandbox');
  expect(await account(w)).toEqual({ droplets: ['b1'], firewalls: ['belt-blue'], vpcs: [] });
  expect({ file: existsSync(fileOf('shop')), chosen: await chosen() }).toEqual({ file: false, chosen: 'blue' });
});

test('with the chosen one goes the choice', async () => {
  expect((await w.belt('cluster rm blue --yes')).code).toBe(0);
  expect(await names(w)).toEqual([]);
  expect(await chosen()).toBe('web');
  expect(told(await w.belt('cluster rm blue --yes'))).toMatchObject({ code: 2, error: 'there is no cluster blue' });
});
