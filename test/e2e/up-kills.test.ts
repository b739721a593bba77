// `belt up` is killed at fifty moments of its run: run again, it ends in the same cluster each time.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from './world.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers:
    - {nodes: "w[1:4]", labels: {tier: web}}
    - {nodes: db, availability: drain}
  vpc: shop
  firewall: {open: [80]}
`;
const FORMAT = '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}';
const RIGHT = [
  'db Ready Drain',
  ...['m1', 'm2', 'm3'].map((name) => `${name} Ready Active manager`),
  ...['w1', 'w2', 'w3', 'w4'].map((name) => `${name} Ready Active`),
];
const NAMES = ['db', 'm1', 'm2', 'm3', 'w1', 'w2', 'w3', 'w4'];
const MOMENTS = 50;

/** Seeded (mulberry32), so that a moment that fails comes again. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function members(w: World): Promise<string[]> {
  const { stdout } = await w.belt(['--host', 'm1', 'docker', 'node', 'ls', '--format', FORMAT]);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager')).toSorted();
}

/** Everything that the API has, so that nothing is there twice or left over. */
async function account(w: World) {
  const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = w.env;
  const list = async (kind: string) => {
    const answer = await fetch(`${url}/v2/${kind}?per_page=200`, { headers: { authorization: `Bearer ${token}` } });
    return ((await answer.json()) as Record<string, { name: string }[]>)[kind]!.map(({ name }) => name).toSorted();
  };
  return { droplets: await list('droplets'), firewalls: await list('firewalls') };
}

describe('up, killed and run again', () => {
  const w = world();
  let wholeMs = 0;
  beforeAll(async () => {
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox('--boot-seconds 0.4 --api-latency 10 --rate-limit 100000/1000000');
    const startMs = Date.now();
    const { code, stderr } = await w.belt('up --yes');
    if (code !== 0) throw new Error(stderr);
    wholeMs = Date.now() - startMs;
    await w.belt('down --yes');
  });
  afterAll(() => w.end());

  const random = randomOf(20_261_124);
  // One in each fiftieth of the run.
  const parts = Array.from({ length: MOMENTS }, (_, n) => (n + random()) / MOMENTS);

  it.each(parts)('after %d of its time', async (part) => {
    const { child, outcome } = w.start('up --yes');
    await Promise.race([sleep(part * wholeMs), outcome]);
    child.kill('SIGKILL');
    await outcome;
    const again = await w.belt('up --yes');
    expect({ code: again.code, stderr: again.stderr.match(/^(error|warning).*/gm) }).toEqual({ code: 0, stderr: null });
    expect(await members(w)).toEqual(RIGHT);
    expect(await account(w)).toEqual({ droplets: NAMES, firewalls: ['belt-shop'] });
    expect((await w.belt('orphans')).code).toBe(0);
    expect((await w.belt('down --yes')).code).toBe(0);
  });
});
