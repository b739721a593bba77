// `belt up` killed on its way, at moments that come again.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/sandbox/random.ts';
import { expectDone, expectShop, type Shop, shopOf } from '../support/shop.ts';
import type { World } from './world.ts';

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
  /** What `up` makes. */
  shop?: Shop;
}

/** How often a run may end before its moment. */
const TRIES = 3;

/**
 * `up` is killed, and run again to its end: the cluster is right. A run that ended before its moment shows how long one
 * takes now, and is made once more from nothing. Gives that time, and whether it came to a kill.
 */
export async function upKilled(
  w: World,
  { part, wholeMs, timeoutMs = 120_000, shop = shopOf(4) }: KillOptions,
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
  expectDone(await w.belt('up --yes', { timeoutMs }), shop);
  await expectShop(w, {}, shop);
  return { killed, wholeMs: whole };
}
