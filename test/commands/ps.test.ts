import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { onHost, told, until } from '../support/probe.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: main
  managers: {nodes: "m1"}
  workers: {nodes: w1}
  firewall: false
`;
const STACK = `
name: shop
services:
  web: {image: "nginx:1.27", ports: ["80:80"], deploy: {mode: global}}
  db: {image: "redis:7", deploy: {placement: {constraints: [node.hostname == w1]}}}
  none: {image: "redis:7", deploy: {placement: {constraints: [node.labels.disk == ssd]}}}
`;

const NO_NODE = 'shop_none.1: no suitable node (scheduling constraints not satisfied on 2 nodes)';

describe('belt ps', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    w.write('compose.yaml', STACK);
    await w.belt('deploy --detach --yes');
    await until('all run that can', async () => (await w.belt('ps')).stdout.match(/ running /g)?.length === 3);
  });
  afterAll(() => w.end());

  /** For how long is chance. */
  const rows = (text: string) =>
    text.split('\n').map((line) => line.replace(/ +\d+[smh](?= |$)/, ' AGE').replace(/ +/g, ' '));

  test('tasks and containers of all nodes, with what does not run and why', async () => {
    const { code, stdout, stderr } = await w.belt('ps');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(rows(stdout)).toEqual([
      'Node Name Image State Since Ports',
      'm1 shop_web nginx:1.27 running AGE *:80->80',
      'w1 shop_db.1 redis:7 running AGE',
      'w1 shop_web nginx:1.27 running AGE *:80->80',
      '- shop_none.1 redis:7 pending AGE',
      NO_NODE,
      '',
    ]);
  });

  test('of a node, of a service', async () => {
    expect(rows((await w.belt('ps w1')).stdout)).toEqual([
      'Node Name Image State Since Ports',
      'w1 shop_db.1 redis:7 running AGE',
      'w1 shop_web nginx:1.27 running AGE *:80->80',
      '',
    ]);
    expect(rows((await w.belt('ps shop_db')).stdout)).toEqual([
      'Node Name Image State Since Ports',
      'w1 shop_db.1 redis:7 running AGE',
      '',
    ]);
  });

  test('wrong words', async () => {
    expect(told(await w.belt('ps shop_dv'))).toEqual({
      code: 2,
      error: 'no node, stack, service, task or container is called "shop_dv"',
      hint: 'did you mean shop_db?',
    });
    expect(told(await w.belt('ps w[1:2]'))).toMatchObject({ code: 2, error: expect.stringContaining('"w2"') });
  });

  test('a frozen node is named, and the rest shown', async () => {
    await onHost(w, 'w1', 'pkill -STOP dockerd');
    const { code, stdout, stderr } = await w.belt('ps');
    await onHost(w, 'w1', 'pkill -CONT dockerd');
    expect(code).toBe(3);
    // Its connection took some of the ten seconds.
    expect(stderr).toMatch(
      /^error: 1 of 2 failed: w1\n {2}w1: its Docker engine does not answer \([\d.]+ s\) \(see why: belt exec w1 -- systemctl status docker\)\n$/,
    );
    expect(rows(stdout)).toEqual([
      'Node Name Image State Since Ports',
      'm1 shop_web nginx:1.27 running AGE *:80->80',
      'w1 shop_db.1 redis:7 running? AGE',
      'w1 shop_web nginx:1.27 running? AGE *:80->80',
      '- shop_none.1 redis:7 pending AGE',
      NO_NODE,
      '',
    ]);
  });

  test('--no-manager: what the containers’ own labels say', async () => {
    const { code, stdout, stderr } = await w.belt('ps --no-manager --json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject([
      { node: 'm1', service: 'shop_web', stack: 'shop', state: 'running', saidBy: ['engine'] },
      { node: 'w1', service: 'shop_db', slot: 1 },
      { node: 'w1', label: 'shop_web@w1' },
    ]);
  });
});
