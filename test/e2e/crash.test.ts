// belt is killed at any moment of a create; the same command with --missing finishes the job, and nothing is made twice.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/sandbox/random.ts';
import { type GateHooks, gate, isPost } from '../support/gate.ts';
import { api, until } from '../support/probe.ts';
import { type World, world } from './world.ts';

const NAMES = Array.from({ length: 12 }, (_, index) => `node${index + 1}`);
const CREATE = 'create 512mb node[1:12]';
const SANDBOX = '--boot-seconds 1 --api-latency 40 --list-lag 2 --rate-limit 0/0';
const MOMENTS = 20;
/** A request that was under way at the kill may be carried out a minute later: so long the next run looks for it. */
const PATIENCE_MS = 150_000;
/** One sandbox serves so many: an account's keys can be listed ten times a minute, and each asks twice. */
const A_SANDBOX = 4;

const worlds: World[] = Array.from({ length: MOMENTS / A_SANDBOX + 1 }, () => world());
/** How long a whole run takes. */
let wholeMs = 0;
beforeAll(async () => {
  await Promise.all(worlds.map((one) => one.sandbox(SANDBOX)));
  const start = Date.now();
  const { code, stderr } = await worlds[0]!.belt(CREATE, { env: cluster(worlds[0]!, 'whole') });
  wholeMs = Date.now() - start;
  if (code !== 0) throw new Error(stderr);
}, 240_000);
afterAll(() => Promise.all(worlds.map((one) => one.end())));

/** A cluster of its own, with its own state: runs do not meet. */
const cluster = (w: World, name: string) => ({
  BELT_CLUSTER: name,
  BELT_STATE_DIR: join(w.home, `state-${name}`),
});

/** What the list says once the lag of it is over. */
async function clusterNames(w: World, name: string, notBefore = 0): Promise<string[]> {
  await until('lists have caught up', () => Date.now() >= notBefore);
  const { droplets } = (await api(w, 'GET', `/v2/droplets?per_page=200&tag_name=belt-cluster-${name}`)) as {
    droplets: { name: string }[];
  };
  return droplets.map((droplet) => droplet.name).sort();
}

/** After a kill: --missing ends well with exactly the twelve, and each can be worked. */
async function finishes(w: World, name: string, address: object = {}): Promise<void> {
  const env = { ...cluster(w, name), ...address };
  const { code, stdout, stderr } = await w.belt(`${CREATE} --missing`, { env, timeoutMs: PATIENCE_MS });
  expect({ code, errors: stderr.match(/error:.*/g) }, stderr).toEqual({ code: 0, errors: null });
  expect(stdout.match(/node\d+/g)).toEqual(NAMES);
  expect(await clusterNames(w, name, Date.now() + 2_500)).toEqual([...NAMES].sort());
  const all = await w.belt('--host node[1:12] docker version --format here', { env });
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout.split('\n').sort()).toEqual(['', ...NAMES.map((one) => `${one.padEnd(6)} | here`)].sort());
}

describe.concurrent('belt create of 12 nodes, killed', () => {
  it(`at ${MOMENTS} moments all over it, then run again`, async () => {
    const random = seededRandom('crash', MOMENTS);
    const moments = Array.from({ length: MOMENTS }, (_, index) => ((index + random()) / MOMENTS) * wholeMs);
    const killed = await Promise.all(
      worlds.slice(1).map(async (w, lane) => {
        let count = 0;
        // Interleaved, so that each lane has early and late ones.
        for (const index of Array.from({ length: A_SANDBOX }, (_, step) => step * (worlds.length - 1) + lane)) {
          const name = `at${index}`;
          const { child, outcome } = w.start(CREATE, { env: cluster(w, name) });
          const timer = setTimeout(() => child.kill('SIGKILL'), moments[index]);
          if ((await outcome).code === 137) count += 1;
          clearTimeout(timer);
          await finishes(w, name);
        }
        return count;
      }),
    );
    // A run that was quicker than the first may end before its moment; most must not.
    expect(killed.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(MOMENTS / 2);
  }, 600_000);

  it.each<[string, (kill: () => boolean) => GateHooks]>([
    ['before the API got the first request', (kill) => ({ before: (request) => hold(isPost(request), kill) })],
    ['after the API made them and before belt heard of it', (kill) => ({ after: (r) => hold(isPost(r), kill) })],
    [
      'between the two requests',
      (kill) => ({ before: (request) => hold(isPost(request) && request.body.includes('"node12"'), kill) }),
    ],
  ])(
    '%s',
    async (what, hooks) => {
      const w = worlds[0]!;
      const name = what.replaceAll(' ', '-');
      let kill = () => false;
      const held = await gate(
        w,
        hooks(() => kill()),
      );
      try {
        const { child, outcome } = w.start(CREATE, { env: { ...cluster(w, name), ...held.env } });
        kill = () => {
          child.kill('SIGKILL');
          return true;
        };
        expect((await outcome).code).toBe(137);
        kill = () => false;
        // By the same address: what belt keeps of an account is kept by address.
        await finishes(w, name, held.env);
      } finally {
        held.close();
      }
    },
    240_000,
  );
});

/** Kills, as long as there is somebody to kill, and lets the request go no further. */
function hold(here: boolean, kill: () => boolean): Promise<void> | undefined {
  if (!here || !kill()) return undefined;
  return new Promise(() => {});
}
