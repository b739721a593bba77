// `rm`, `up --replace`, `up --prune` and `down` are killed at seeded moments; the same command again finishes, and swarm and account
// are right: each droplet once, no entry of one that is gone, every manager reachable.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names, onHost } from '../support/probe.ts';
import { moments } from './kills.ts';
import { type World, world } from './world.ts';

const file = (workers: string) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:3]"}
  workers: {nodes: "${workers}"}
`;
const WHOLE = file('w[1:3]');
const ALL = ['m1', 'm2', 'm3', 'w1', 'w2', 'w3'];

interface Deed {
  words: string;
  /** What .belt.yaml is meanwhile. */
  text?: string;
  left: string[];
}

const DEEDS: Deed[] = [
  { words: 'rm -y w2 m3', left: ['m1', 'm2', 'w1', 'w3'] },
  { words: 'rm -y m[1:3] w[1:3]', left: [] },
  { words: 'up --yes --replace w2 m1', left: ALL },
  { words: 'up --yes --prune', text: file('w1'), left: ['m1', 'm2', 'm3', 'w1'] },
  { words: 'down --yes', left: [] },
];
const MOMENTS = 3;
/** How often a run may end before its moment. */
const TRIES = 3;
/** For one deed: the cluster is recreated before each kill. */
const TIMEOUT_MS = 900_000;
/** For one run of belt, on a machine that has much else to do. */
const PATIENT = { timeoutMs: 240_000 };

async function swarm(w: World): Promise<string[]> {
  const { stdout } = await onHost(w, 'm2', `docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/Leader|Reachable/, 'manager'))
    .toSorted();
}

const rightSwarm = (left: readonly string[]) =>
  left.map((name) => (name.startsWith('m') ? `${name} Ready manager` : `${name} Ready`)).toSorted();

// Side by side: each has its own world, and mostly waits.
describe.concurrent('killed and run again', () => {
  const lanes = DEEDS.map((deed) => ({ deed, w: world() }));
  beforeAll(() =>
    Promise.all(lanes.map(({ w }) => w.sandbox('--boot-seconds 0.2 --api-latency 10 --rate-limit 0/0/0'))),
  );
  afterAll(() => Promise.all(lanes.map(({ w }) => w.end())));

  it.each(lanes)(
    'belt $deed.words',
    async ({ deed: { words, text, left }, w }) => {
      let killed = 0;
      let wholeMs = 0;
      // The first goes through, and shows how long that takes.
      const parts = [2, ...moments(MOMENTS)];
      for (let n = 0, tries = 1; n < parts.length; ) {
        const part = parts[n]!;
        const wasKilled = killed;
        w.write('.belt.yaml', WHOLE);
        expect(await w.belt('up --yes', PATIENT)).toMatchObject({ code: 0 });
        w.write('.belt.yaml', text ?? WHOLE);
        const startMs = Date.now();
        const { child, outcome } = w.start(words, PATIENT);
        await Promise.race([outcome, ...(wholeMs > 0 ? [sleep(part * wholeMs)] : [])]);
        child.kill('SIGKILL');
        if ((await outcome).code === 137) killed += 1;
        else wholeMs = Date.now() - startMs;
        const { code, stderr } = await w.belt(words, PATIENT);
        // Nothing may be left to remove.
        const isDone =
          left.length < ALL.length && /error: (there (is|are) no node|\S+ (has|have) no droplet)/.test(stderr);
        expect({ code: isDone ? 0 : code }, `killed after ${part} of ${words}: ${stderr}`).toEqual({ code: 0 });
        expect(await names(w)).toEqual(left);
        if (left.length > 0) expect(await swarm(w)).toEqual(rightSwarm(left));
        // One that was over before its moment has shown how long a run takes now, and is made once more.
        const again = n > 0 && killed === wasKilled && tries < TRIES;
        [n, tries] = again ? [n, tries + 1] : [n + 1, 1];
      }
      expect(killed).toBeGreaterThanOrEqual(MOMENTS - 1);
    },
    TIMEOUT_MS,
  );
});
