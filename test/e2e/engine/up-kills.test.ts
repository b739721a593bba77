// `belt up` is killed at four moments of its run on real engines: run again, it ends in the same cluster each time. Many more moments are
// tried on simulated hosts.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectDone, shopOf } from '../../support/shop.ts';
import { moments, upKilled } from '../kills.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

const MOMENTS = 4;
const SHOP = shopOf(1);
const TIMEOUT_MS = 240_000;

onEngines('up, killed and run again', () => {
  let w: World;
  let wholeMs = 0;
  let killed = 0;

  beforeAll(async () => {
    w = await engineWorld('--rate-limit 0/0/0');
    w.write('.belt.yaml', SHOP.file);
    const startMs = Date.now();
    expectDone(await w.belt('up --yes', { timeoutMs: TIMEOUT_MS }), SHOP);
    wholeMs = Date.now() - startMs;
    await w.belt('down --yes');
  });
  afterAll(() => w?.end());

  it.each(moments(MOMENTS))(
    'after %d of its time',
    async (part) => {
      try {
        const end = await upKilled(w, { part, wholeMs, timeoutMs: TIMEOUT_MS, shop: SHOP });
        wholeMs = end.wholeMs;
        if (end.killed) killed += 1;
      } finally {
        await w.belt('down --yes', { timeoutMs: TIMEOUT_MS });
      }
    },
    4 * TIMEOUT_MS,
  );

  it('and all but the last at most were kills', () => {
    expect(killed).toBeGreaterThanOrEqual(MOMENTS - 1);
  });
});
