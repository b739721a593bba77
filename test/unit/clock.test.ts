import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';

/** What a timer holds, in ms; one that is told to wait for longer fires at once. */
const MOST = 2 ** 31 - 1;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([1_000, MOST, MOST + 1, 3 * MOST + 5_000])('%i ms are slept through, and no more', async (ms) => {
  const woken = vi.fn();
  void systemClock.sleep(ms).then(woken);
  await vi.advanceTimersByTimeAsync(ms - 1);
  expect(woken).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(woken).toHaveBeenCalledOnce();
});

test('for ever, until it is aborted: then no timer is left', async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(Number.POSITIVE_INFINITY, stop.signal);
  const ended = expect(sleeping).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(2 * MOST);
  stop.abort(new Error('enough'));
  await ended;
  expect(vi.getTimerCount()).toBe(0);
});

test('a signal that was aborted before', async () => {
  await expect(systemClock.sleep(5, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
