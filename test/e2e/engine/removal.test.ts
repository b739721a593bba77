// A manager and a worker leave a real swarm: services go on, no vote is lost, no entry stays.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, names, until } from '../probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const SHOP = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers: {nodes: w1}
  firewall: false
`;
const NODE_LS = ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'];

onEngines('belt rm in a swarm of three managers and a worker', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    w.write('.belt.yaml', SHOP);
    done(await w.belt('up --yes', { timeoutMs: 240_000 }));
  }, 300_000);
  afterAll(() => w?.end());

  const on = (node: string, words: string) => w.belt(['--host', node, 'docker', ...words.split(' ')]);
  const nodes = async (node: string) =>
    done(await w.belt(['--host', node, ...NODE_LS]))
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().replace(/Leader|Reachable/, 'manager'))
      .toSorted();
  const running = async (node: string) => (await on(node, 'service ls --format {{.Name}}={{.Replicas}}')).stdout;

  it('the leader and the worker: services keep running, no entry is left', async () => {
    done(await on('m1', 'service create -d --name web --replicas 4 --no-resolve-image nginx'));
    await until('web runs', async () => (await running('m1')) === 'web=4/4\n', 60_000);
    const { code, stdout, stderr } = await w.belt('rm -y m1 w1', { timeoutMs: 240_000 });
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: lines('m1: removed', 'w1: removed') });
    expect(stderr).not.toContain('not all tasks');
    expect(await nodes('m2')).toEqual(['m2 Ready manager', 'm3 Ready manager']);
    expect(await running('m2')).toBe('web=4/4\n');
    expect(await names(w)).toEqual(['m2', 'm3']);
  }, 300_000);
});
