// On real engines: `belt up` brings back what left, waits for what a restart leaves unknown, and says what is off; and a manager and a
// worker leave: services go on, no vote is lost, no entry stays.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { act, droplet, lines, names, onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers: {nodes: "w[1:2]"}
  firewall: false
`;
const TIMEOUT_MS = 240_000;
const RIGHT = { code: 0, last: 'shop: 5 nodes, up to date' };

onEngines('up on a cluster of which something is not right', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld('--rate-limit 0/0/0');
    w.write('.belt.yaml', FILE);
    expect(await up()).toMatchObject(RIGHT);
  }, TIMEOUT_MS);
  afterAll(() => w?.end());

  async function up(words = '') {
    const { code, stdout, stderr } = await w.belt(`up --yes ${words}`, { timeoutMs: TIMEOUT_MS });
    return { code, last: stdout.trimEnd().split('\n').at(-1), stderr };
  }

  async function entries(by = 'm1'): Promise<string[]> {
    const { stdout } = await onHost(w, by, "docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'");
    const rows = stdout.trim().split('\n');
    return rows.map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager')).toSorted();
  }
  /** In the end: on a busy machine a manager may miss a heartbeat of a node for a moment. */
  async function isInTheEnd(wanted: readonly string[], by?: string): Promise<void> {
    await until('the swarm lists them', async () => (await entries(by)).join() === wanted.join()).catch(() => {});
    expect(await entries(by)).toEqual(wanted);
  }
  const ENTRIES = ['m1 Ready manager', 'm2 Ready manager', 'm3 Ready manager', 'w1 Ready', 'w2 Ready'];

  it(
    'a manager whose engine was just restarted is waited for',
    async () => {
      await onHost(w, 'm2', 'systemctl restart docker');
      expect(await up()).toMatchObject(RIGHT);
      await isInTheEnd(ENTRIES);
    },
    TIMEOUT_MS,
  );

  it(
    'the leader that is power-cycled comes back',
    async () => {
      await act(w, 'm1', 'power_cycle');
      expect(await up()).toMatchObject(RIGHT);
      await until(
        'm1 answers',
        async () => (await onHost(w, 'm1', 'docker info').catch(() => ({ code: 1 }))).code === 0,
      );
      await isInTheEnd(ENTRIES);
    },
    TIMEOUT_MS,
  );

  it(
    'a worker that left, and a manager that left and joined again: one entry each',
    async () => {
      await onHost(w, 'w2', 'docker swarm leave');
      const token = (await onHost(w, 'm1', 'docker swarm join-token -q manager')).stdout.trim();
      await onHost(w, 'm1', 'docker node demote m3');
      await onHost(w, 'm3', 'docker swarm leave --force');
      const to = `${(await droplet(w, 'm1')).privateAddress}:2377`;
      expect(await onHost(w, 'm3', `docker swarm join --token ${token} ${to}`)).toMatchObject({ code: 0 });
      expect(await up()).toMatchObject(RIGHT);
      await isInTheEnd(ENTRIES);
    },
    TIMEOUT_MS,
  );

  it(
    'a worker whose entry was removed leaves what it takes for its swarm and joins again',
    async () => {
      await onHost(w, 'm1', 'docker node rm --force w1');
      expect(await up()).toMatchObject(RIGHT);
      await isInTheEnd(ENTRIES);
    },
    TIMEOUT_MS,
  );

  it(
    'one that founded a swarm of its own comes back by force alone',
    async () => {
      await onHost(w, 'w1', 'docker swarm leave');
      await onHost(w, 'w1', 'docker swarm init');
      expect(await up()).toMatchObject({
        code: 3,
        last: 'shop: 4 of 5 nodes up to date; w1 is in another swarm',
      });
      expect(await up('--force')).toMatchObject(RIGHT);
      await isInTheEnd(ENTRIES);
    },
    TIMEOUT_MS,
  );

  it(
    'one that is off is told, and is right once it is on',
    async () => {
      await act(w, 'w2', 'power_off');
      expect(await up()).toMatchObject({ code: 3, last: 'shop: 4 of 5 nodes up to date; w2 is powered off' });
      await act(w, 'w2', 'power_on');
      await until(
        'w2 is back',
        async () => (await onHost(w, 'w2', 'docker info').catch(() => ({ code: 1 }))).code === 0,
      );
      expect(await up()).toMatchObject(RIGHT);
    },
    TIMEOUT_MS,
  );

  const on = (node: string, words: string) => w.belt(['--host', node, 'docker', ...words.split(' ')]);
  const running = async (node: string) => (await on(node, 'service ls --format {{.Name}}={{.Replicas}}')).stdout;

  it('rm of the leader and a worker: services keep running, no entry is left', async () => {
    done(await on('m1', 'service create -d --name web --replicas 4 --no-resolve-image nginx'));
    await until('web runs', async () => (await running('m1')) === 'web=4/4\n');
    const { code, stdout, stderr } = await w.belt('rm -y m1 w1');
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: lines('m1: removed', 'w1: removed') });
    expect(stderr).not.toContain('not all tasks');
    await isInTheEnd(['m2 Ready manager', 'm3 Ready manager', 'w2 Ready'], 'm2');
    await until('all of web runs', async () => (await running('m2')) === 'web=4/4\n');
    expect(await names(w)).toEqual(['m2', 'm3', 'w2']);
  });
});
