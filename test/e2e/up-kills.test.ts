// `belt up` is killed at 24 moments of its run: run again, it ends in the same cluster each time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDone, SHOP } from '../support/shop.ts';
import { moments, upKilled } from './kills.ts';
import { type World, world } from './world.ts';

const MOMENTS = 24;
/** Sandboxes side by side: most of a run is waiting. As many as vitest runs tests at once (maxConcurrency). */
const LANES = 5;

/** A lane and what a whole run in it took last. */
interface Lane {
  w: World;
  wholeMs: number;
}

describe('up, killed and run again', () => {
  const worlds = Array.from({ length: LANES }, () => world());
  const free: Lane[] = [];
  let killed = 0;

  beforeAll(async () => {
    await Promise.all(
      worlds.map(async (w) => {
        w.write('.belt.yaml', SHOP);
        await w.sandbox('--boot-seconds 0.4 --api-latency 10 --rate-limit 0/0/0');
        const startMs = Date.now();
        expectDone(await w.belt('up --yes'));
        free.push({ w, wholeMs: Date.now() - startMs });
        await w.belt('down --yes');
      }),
    );
  });
  afterAll(() => Promise.all(worlds.map((w) => w.end())));

  it.concurrent.each(moments(MOMENTS))('after %d of its time', async (part) => {
    const lane = free.shift()!;
    const { w } = lane;
    try {
      const end = await upKilled(w, { part, wholeMs: lane.wholeMs });
      lane.wholeMs = end.wholeMs;
      if (end.killed) killed += 1;
    } finally {
      const { code, stderr } = await w.belt('down --yes');
      free.push(lane);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining('nothing is billed any more'),
      });
    }
  });

  it('and all but the very last moments were kills', () => {
    expect(killed).toBeGreaterThanOrEqual(MOMENTS - 2);
  });
});
