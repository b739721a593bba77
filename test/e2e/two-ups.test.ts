// Two runs of `belt up` at once, begun a seeded moment apart: from one folder, from two that share nothing but the account, and with
// one of them killed. Each droplet is there once, in one swarm.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/sandbox/random.ts';
import { names, until } from '../support/probe.ts';
import { expectDone, expectShop, SHOP, SHOP_NAMES } from '../support/shop.ts';
import { type Outcome, type RunOptions, type World, world } from './world.ts';

const ROUNDS = 3;
const SANDBOX = '--boot-seconds 0.5 --api-latency 30 --list-lag 2';
/** Two runs after another, each of which may wait for what the other has in doubt. */
const PATIENT = { timeoutMs: 200_000 };
/** A whole run takes about so long. */
const WHOLE_MS = 4_000;

const UP = 'up --yes';

describe.concurrent('two runs of up at once', { timeout: 600_000 }, () => {
  const [same, apart, killed] = [world(), world(), world()];
  beforeAll(() => Promise.all([same, apart, killed].map((w) => w.sandbox(SANDBOX))));
  afterAll(() => Promise.all([same, apart, killed].map((w) => w.end())));

  it('from one folder: the second waits, and finds all done', async () => {
    const random = seededRandom('one folder', ROUNDS);
    same.write('.belt.yaml', SHOP);
    for (let round = 0; round < ROUNDS; round++) {
      for (const run of await both(same, [PATIENT, PATIENT], random() * WHOLE_MS)) expectDone(run);
      await expectShop(same);
      expect((await same.belt('down --yes')).code).toBe(0);
    }
  });

  it('from two folders: nothing twice, one swarm; the one whose host keys another has says what helps', async () => {
    const random = seededRandom('two folders', ROUNDS);
    const folders = ['a', 'b'].map((name) => folder(apart, name));
    for (let round = 0; round < ROUNDS; round++) {
      const runs = await both(apart, folders, random() * WHOLE_MS);
      for (const { code, stderr } of runs) {
        expect([0, 1, 3], stderr).toContain(code);
        if (code !== 0) expect(stderr).toMatch(/belt trust|run the same command again/);
      }
      // What a run deleted again is still there for a moment.
      await until('each is there once', async () => (await names(apart)).length === SHOP_NAMES.length).catch(() => {});
      expect(await names(apart), runs.map(({ stderr }) => stderr).join('---\n')).toEqual(SHOP_NAMES);
      await trustAll(apart, folders[0]!);
      expectDone(await apart.belt(UP, folders[0]));
      await expectShop(apart, folders[0]);
      expect((await apart.belt('down --yes', folders[0])).code).toBe(0);
    }
  });

  it('one of them killed: the same command again ends in the same cluster', async () => {
    const random = seededRandom('killed', ROUNDS);
    killed.write('.belt.yaml', SHOP);
    for (let round = 0; round < ROUNDS; round++) {
      const first = killed.start(UP, PATIENT);
      await sleep(random() * 500);
      const second = killed.start(UP, PATIENT);
      await sleep(random() * WHOLE_MS);
      first.child.kill('SIGKILL');
      await first.outcome;
      expectDone(await second.outcome);
      await expectShop(killed);
      expect((await killed.belt('down --yes')).code).toBe(0);
    }
  });
});

async function both(w: World, [one, other]: readonly RunOptions[], apartMs: number): Promise<Outcome[]> {
  const first = w.belt(UP, one);
  await sleep(apartMs);
  return Promise.all([first, w.belt(UP, other)]);
}

/** A folder and a state folder of somebody else's, on the same account. */
function folder(w: World, name: string): RunOptions {
  w.write(`${name}/.belt.yaml`, SHOP);
  return { cwd: join(w.cwd, name), env: { BELT_STATE_DIR: join(w.cwd, name, 'state') }, ...PATIENT };
}

/** Pins the host keys of what the other run made, as its hint says. */
async function trustAll(w: World, here: RunOptions): Promise<void> {
  for (const name of SHOP_NAMES) await w.belt(`trust ${name} --yes`, here);
}
