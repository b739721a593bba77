import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { told, until } from '../support/probe.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: main
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
  firewall: false
`;
const STACK = `
name: shop
services:
  web: {image: "nginx:1.27", command: echo hello, deploy: {replicas: 3}}
  db: {image: "redis:7"}
  mute: {image: "redis:7", logging: {driver: none}}
`;

describe('belt logs', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    w.write('compose.yaml', STACK);
    expect((await w.belt('deploy')).code).toBe(0);
  });
  afterAll(() => w.end());

  /** When containers start is chance. */
  const sorted = (text: string) => text.split('\n').filter(Boolean).toSorted();
  const WEB = ['shop_web.1 | hello', 'shop_web.2 | hello', 'shop_web.3 | hello'];

  test('a stack’s logs from all nodes; a logging driver that keeps none is named', async () => {
    const { code, stdout, stderr } = await w.belt('logs shop');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: shop_mute.1: its logging driver "none" keeps no logs\n',
    });
    const aligned = WEB.map((line) => line.replace(' |', '  |'));
    expect(sorted(stdout)).toEqual(['shop_db.1   | redis:7 started (simulated)', ...aligned]);
  });

  test('lines come in the order of their times', async () => {
    const { stdout } = await w.belt('logs shop --timestamps');
    const times = stdout.split('\n').map((line) => /\| (\S+Z)/.exec(line)?.[1]);
    expect(times.filter(Boolean)).toEqual(times.filter(Boolean).toSorted());
  });

  test('a service, a task, and what matches', async () => {
    expect(sorted((await w.belt('logs shop_web')).stdout)).toEqual(WEB);
    expect((await w.belt('logs shop_web.2')).stdout).toBe('shop_web.2 | hello\n');
    // As the file calls it.
    expect(sorted((await w.belt('logs web')).stdout)).toEqual(WEB);
    expect((await w.belt('logs web.2')).stdout).toBe('shop_web.2 | hello\n');
    expect((await w.belt('logs shop_web --grep ^hel+o$ --node w2')).stdout).toMatch(/^(shop_web.\d \| hello\n)+$/);
    expect((await w.belt('logs shop_web --grep bye')).stdout).toBe('');
  });

  test('only containers that keep no logs', async () => {
    expect(told(await w.belt('logs shop_mute'))).toEqual({
      code: 1,
      error: 'shop_mute.1: its logging driver "none" keeps no logs',
    });
  });

  test('an object a line for programs', async () => {
    const { stdout } = await w.belt('logs shop_web.1 --json');
    expect(JSON.parse(stdout)).toMatchObject({ service: 'shop_web', slot: 1, stream: 'stdout', text: 'hello' });
  });

  test('wrong words', async () => {
    expect(told(await w.belt('logs shop_wep'))).toEqual({
      code: 2,
      error: 'no stack, service, task or container is called "shop_wep"',
      hint: 'did you mean shop_web?',
    });
    expect(told(await w.belt('logs wep')).hint).toBe('did you mean web?');
    expect(told(await w.belt('logs shop --since yesterday'))).toEqual({
      code: 2,
      error: '--since: invalid time "yesterday"',
      hint: 'how long ago (10m, 1h30m, 2d), a date (2026-11-30T06:00:00Z), or seconds since 1970',
    });
    expect(told(await w.belt('logs shop --grep ['))).toMatchObject({
      code: 2,
      error: '--grep: invalid regular expression "["',
    });
    expect(told(await w.belt('logs shop -f --until 1m'))).toMatchObject({ code: 2 });
    expect(told(await w.belt('logs shop --tail some'))).toMatchObject({ code: 2 });
  });

  test('-f goes on with tasks that start later, until Ctrl-C', async () => {
    const { so, interrupt, outcome } = w.start('logs -f shop_web --tail 0');
    await w.belt('docker service scale shop_web=4');
    await until('the new task’s line', () => so().stdout.includes('shop_web.4 | hello'));
    interrupt();
    expect(await outcome).toEqual({ code: 130, stdout: 'shop_web.4 | hello\n', stderr: '' });
    await w.belt('docker service scale shop_web=3');
  });
});
