// `belt up` is killed at fifty moments of its run: run again, it ends in the same cluster each time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDone, moments, SHOP, upKilled } from './shop.ts';
import { type World, world } from './world.ts';

const MOMENTS = 50;
/** Sandboxes side by side: most of a run is waiting. */
const LANES = 5;

describe('up, killed and run again', () => {
  const lanes = Array.from({ length: LANES }, () => world());
  /** What a whole run took, one in each lane. */
  const wholeMs: number[] = [];
  let killed = 0;

  beforeAll(async () => {
    await Promise.all(
      lanes.map(async (w) => {
        w.write('.belt.yaml', SHOP);
        await w.sandbox('--boot-seconds 0.4 --api-latency 10 --rate-limit 0/0/0');
      }),
    );
    await Promise.all(
      lanes.map(async (w) => {
        const startMs = Date.now();
        expectDone(await w.belt('up --yes'));
        wholeMs.push(Date.now() - startMs);
        await w.belt('down --yes');
      }),
    );
  });
  afterAll(() => Promise.all(lanes.map((w) => w.end())));

  const free: World[] = [...lanes];

  it.concurrent.each(moments(MOMENTS))('after %d of its time', async (part) => {
    const w = free.pop()!;
    const afterMs = (part * wholeMs.reduce((sum, ms) => sum + ms)) / wholeMs.length;
    try {
      if (await upKilled(w, { afterMs })) killed += 1;
    } finally {
      const { code, stderr } = await w.belt('down --yes');
      free.push(w);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining('nothing of it is billed any more'),
      });
    }
  });

  it('and most of them were killed at work', () => {
    // One that is quicker than the first ones ends before its moment.
    expect(killed).toBeGreaterThan(MOMENTS * 0.8);
  });
});
