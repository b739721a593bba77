import { describe, expect, test } from 'vitest';
import { budget, DIGITALOCEAN_LIMITS, type Window } from '../../../src/cloud/budget.ts';
import { seededRandom } from '../../../src/sandbox/random.ts';
import { FakeClock } from '../fake-clock.ts';

/** When each of so many requests, all asked for at once, is let through; ms from the start. */
async function times(count: number, windows: readonly Window[]): Promise<number[]> {
  const clock = new FakeClock({ startMs: 0 });
  const { take } = budget(clock, windows);
  return Promise.all(Array.from({ length: count }, () => take().then(() => clock.now())));
}

describe('the budget of requests', () => {
  test('a window lets through as many as it holds, and the next when the oldest leaves it', async () => {
    expect(await times(7, [{ ms: 1_000, most: 3 }])).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 2_000]);
  });

  test('every window counts', async () => {
    const windows = [
      { ms: 1_000, most: 2 },
      { ms: 5_000, most: 3 },
    ];
    expect(await times(6, windows)).toEqual([0, 0, 1_000, 5_000, 5_000, 6_000]);
  });

  test("DigitalOcean's: the 251st waits for the minute, the 5,001st for the hour", async () => {
    const all = await times(5_001, DIGITALOCEAN_LIMITS);
    expect([all[249], all[250], all[499], all[500]]).toEqual([0, 60_000, 60_000, 120_000]);
    expect([all[4_999], all[5_000]]).toEqual([19 * 60_000, 3_600_000]);
  });

  test('requests that come over time never exceed a window, and none waits longer than it must', async () => {
    const window = { ms: 1_000, most: 5 };
    const clock = new FakeClock({ startMs: 0 });
    const { take } = budget(clock, [window]);
    const random = seededRandom(20160915, 'budget', 0);
    const through: number[] = [];
    for (let n = 0; n < 300; n++) {
      await clock.sleep(Math.floor(random() * 350));
      const asked = clock.now();
      await take();
      const free = (through.at(-window.most) ?? Number.NEGATIVE_INFINITY) + window.ms;
      expect(clock.now()).toBe(Math.max(asked, free));
      through.push(clock.now());
    }
    expect(through.filter((at, n) => n >= 5 && at - through[n - 5]! < window.ms)).toEqual([]);
  });

  test('requests go in the order in which they asked', async () => {
    const clock = new FakeClock();
    const { take } = budget(clock, [{ ms: 10, most: 1 }]);
    const order: number[] = [];
    await Promise.all([0, 1, 2, 3, 4].map((n) => take().then(() => order.push(n))));
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('an interrupted wait rejects with the reason, counts for nothing, and holds up nobody', async () => {
    const clock = new FakeClock({ startMs: 0, auto: false });
    const { take } = budget(clock, [{ ms: 1_000, most: 1 }]);
    await take();
    const controller = new AbortController();
    const stopped = take(controller.signal);
    const next = take().then(() => clock.now());
    await clock.advance(400);
    controller.abort(new Error('interrupted'));
    await expect(stopped).rejects.toThrow('interrupted');
    await clock.advance(600);
    expect(await next).toBe(1_000);
  });

  test('an aborted signal takes nothing even when there is room', async () => {
    const { take } = budget(new FakeClock(), [{ ms: 1_000, most: 1 }]);
    await expect(take(AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted');
    await take();
  });
});
