// A cluster of three managers and five workers, what it has to be once `belt up` has ended well, and `up` killed on its way.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom } from '../../src/sandbox/random.ts';
import { api, onHost } from './probe.ts';
import type { Outcome, RunOptions, World } from './world.ts';

export const SHOP = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers:
    - {nodes: "w[1:4]", labels: {tier: web}}
    - {nodes: db, availability: drain}
  vpc: shop
  firewall: {open: [80]}
`;
export const SHOP_NAMES = ['db', 'm1', 'm2', 'm3', 'w1', 'w2', 'w3', 'w4'];
export const SHOP_DONE = 'shop: 8 nodes, up to date';

const LISTED = '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}';
const INSPECTED = '{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Labels}}';
const RIGHT_LIST = [
  'db Ready Drain',
  ...['m1', 'm2', 'm3'].map((name) => `${name} Ready Active manager`),
  ...['w1', 'w2', 'w3', 'w4'].map((name) => `${name} Ready Active`),
];
const RIGHT_NODES = [
  'db worker map[]',
  ...['m1', 'm2', 'm3'].map((name) => `${name} manager map[]`),
  ...['w1', 'w2', 'w3', 'w4'].map((name) => `${name} worker map[tier:web]`),
];

/** What m1 says, asked past belt: a line a node, sorted. */
async function told(w: World, words: string): Promise<string[]> {
  const { stdout } = await onHost(w, 'm1', `docker node ${words}`);
  const lines = stdout.trim().split('\n');
  return lines.map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager')).toSorted();
}

/** Everything that the account has, by name: nothing is there twice or left over. */
export async function account(w: World) {
  const list = async (kind: string) => {
    const answer = (await api(w, 'GET', `/v2/${kind}?per_page=200`)) as Record<string, { name: string }[]>;
    return answer[kind]!.map(({ name }) => name).toSorted();
  };
  const [droplets, firewalls, vpcs] = await Promise.all(['droplets', 'firewalls', 'vpcs'].map(list));
  return { droplets, firewalls, vpcs: vpcs!.filter((name) => !name.startsWith('default-')) };
}

/** The cluster is what the file says: each droplet once, each in the swarm as it is to be, no entry and no droplet more. */
export async function expectShop(w: World, options: RunOptions = {}): Promise<void> {
  expect(await account(w)).toEqual({ droplets: SHOP_NAMES, firewalls: ['belt-shop'], vpcs: ['shop'] });
  expect(await told(w, `ls --format '${LISTED}'`)).toEqual(RIGHT_LIST);
  expect(await told(w, `inspect --format '${INSPECTED}' ${SHOP_NAMES.join(' ')}`)).toEqual(RIGHT_NODES);
  expect(await w.belt('orphans', options)).toMatchObject({ code: 0, stdout: '' });
}

/** `up` ended well, and said no more than what it did. */
export function expectDone({ code, stdout, stderr }: Outcome): void {
  const troubles = stderr.match(/^(error|warning).*/gm);
  expect({ code, troubles, last: stdout.trimEnd().split('\n').at(-1) }, stderr).toEqual({
    code: 0,
    troubles: null,
    last: SHOP_DONE,
  });
}

/** One moment in each part of a run, as shares of its time. Seeded: a moment that fails comes again. */
export function moments(count: number): number[] {
  const random = seededRandom('kills', count);
  return Array.from({ length: count }, (_, n) => (n + random()) / count);
}

export interface KillOptions {
  /** When, as a share of a whole run. */
  part: number;
  /** How long a whole run took when it was tried last. */
  wholeMs: number;
  /** How long each run may take. What a killed run had in flight is in doubt for a minute. */
  timeoutMs?: number;
}

/** How often a run may end before its moment. */
const TRIES = 3;

/**
 * `up` is killed, and run again to its end: the cluster is right. A run that ended before its moment shows how long one
 * takes now, and is made once more from nothing. Gives that time, and whether it came to a kill.
 */
export async function upKilled(
  w: World,
  { part, wholeMs, timeoutMs = 120_000 }: KillOptions,
): Promise<{ killed: boolean; wholeMs: number }> {
  let whole = wholeMs;
  let killed = false;
  for (let tries = 1; !killed && tries <= TRIES; tries++) {
    if (tries > 1) await w.belt('down --yes', { timeoutMs });
    const startMs = Date.now();
    const { child, outcome } = w.start('up --yes', { timeoutMs });
    await Promise.race([sleep(part * whole), outcome]);
    child.kill('SIGKILL');
    killed = (await outcome).code === 137;
    if (!killed) whole = Date.now() - startMs;
  }
  expectDone(await w.belt('up --yes', { timeoutMs }));
  await expectShop(w);
  return { killed, wholeMs: whole };
}
