import { describe, expect, test } from 'vitest';
import { firstAnswers, type Opening } from '../../../src/fleet/first-answers.ts';
import { FakeClock } from '../fake-clock.ts';

const clock = () => new FakeClock({ auto: false });
const never = new AbortController().signal;
const OPTIONS = { atOnce: 16, patienceMs: 2_000 };

/** Opens after so many ms, or fails with the error then. */
const opensAfter = (time: FakeClock, name: string, ms: number, error?: Error): Opening & { begun: () => number } => {
  let begun = 0;
  return {
    name,
    begun: () => begun,
    open: async () => {
      begun++;
      await time.sleep(ms);
      if (error) throw error;
    },
  };
};

/** The names of those that were not open, with why, and when that was known. */
async function watched(time: FakeClock, ways: readonly Opening[], options = OPTIONS) {
  const startMs = time.now();
  const seen: { value?: unknown; atMs?: number } = {};
  const all = firstAnswers({ clock: time, signal: never }, ways, options).then((notOpen) => {
    seen.atMs = time.now() - startMs;
    seen.value = notOpen.map(({ way, error, isLate }) => [way.name, (error as Error).message, isLate]);
  });
  return { seen, all };
}

describe('several ways', () => {
  test('one that is powered off holds up the others for 2 s after the first of them', async () => {
    const time = clock();
    const ways = [opensAfter(time, 'off1', 15_000), opensAfter(time, 'node1', 300), opensAfter(time, 'node2', 900)];
    const { seen } = await watched(time, ways);
    await time.advance(2_299);
    expect(seen).toEqual({});
    await time.advance(1);
    expect(seen).toEqual({ atMs: 2_300, value: [['off1', 'no SSH connection within 2 s', true]] });
  });

  test('nobody is waited for once all are open', async () => {
    const time = clock();
    const { seen } = await watched(time, [opensAfter(time, 'node1', 300), opensAfter(time, 'node2', 900)]);
    await time.advance(900);
    expect(seen).toEqual({ atMs: 900, value: [] });
  });

  test('while none is open all are waited for, as long as they take', async () => {
    const time = clock();
    const timedOut = new Error('timed out');
    const ways = [opensAfter(time, 'off1', 15_000, timedOut), opensAfter(time, 'off2', 14_000, timedOut)];
    const { seen } = await watched(time, ways);
    await time.advance(15_000);
    expect(seen).toEqual({
      atMs: 15_000,
      value: [
        ['off1', 'timed out', false],
        ['off2', 'timed out', false],
      ],
    });
  });

  test('over a slow line each may take as long as the first did, and 2 s', async () => {
    const time = clock();
    const { seen } = await watched(time, [opensAfter(time, 'node1', 6_000), opensAfter(time, 'node2', 7_900)]);
    await time.advance(8_000);
    expect(seen).toEqual({ atMs: 7_900, value: [] });
  });

  test('silent ones give their turn to the next, who have the same time', async () => {
    const time = clock();
    const ways = [opensAfter(time, 'off1', 15_000), opensAfter(time, 'off2', 15_000), opensAfter(time, 'node1', 300)];
    const { seen } = await watched(time, ways, { atOnce: 2, patienceMs: 2_000 });
    await time.advance(1_999);
    expect(ways.map((way) => way.begun())).toEqual([1, 1, 0]);
    await time.advance(301);
    expect(seen).toEqual({
      atMs: 2_300,
      value: [
        ['off1', 'no SSH connection within 2 s', true],
        ['off2', 'no SSH connection within 2 s', true],
      ],
    });
  });

  test('an interrupt is no failure of a node', async () => {
    const time = clock();
    const stop = new AbortController();
    const off: Opening = { name: 'off1', open: () => time.sleep(15_000, AbortSignal.any([stop.signal])) };
    const all = firstAnswers({ clock: time, signal: stop.signal }, [off], OPTIONS);
    const ended = expect(all).rejects.toThrow('stopped');
    await time.advance(100);
    stop.abort(new Error('stopped'));
    await ended;
  });
});
