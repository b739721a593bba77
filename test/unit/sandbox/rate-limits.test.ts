import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../src/sandbox/account/refusals.ts';
import { RateLimits, SlidingWindow } from '../../../src/sandbox/api/rate-limits.ts';

const LIST = { listsKeys: false };
const KEYS = { listsKeys: true };

function refused(limits: RateLimits, now: number, request = LIST): Refusal | undefined {
  try {
    limits.take(now, request);
    return undefined;
  } catch (error) {
    return error as Refusal;
  }
}

describe('the rate limits of a token', () => {
  it('a minute: refused with retry-after until the oldest request is a minute old', () => {
    const limits = new RateLimits({ perMinute: 2, perHour: 100 }, 10);
    expect(refused(limits, 0)).toBeUndefined();
    expect(refused(limits, 10_000)).toBeUndefined();
    expect(refused(limits, 20_500)).toMatchObject({ status: 429, headers: { 'retry-after': '40' } });
    expect(refused(limits, 60_000)).toBeUndefined();
    expect(refused(limits, 60_001)?.headers).toEqual({ 'retry-after': '10' });
  });

  it('an hour: refused without retry-after; ratelimit-reset says when', () => {
    const limits = new RateLimits({ perMinute: 0, perHour: 2 }, 10);
    limits.take(1_000, LIST);
    limits.take(2_000, LIST);
    expect(refused(limits, 3_000)?.headers).toEqual({});
    expect(limits.headers(3_000)).toEqual({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '3601',
    });
    expect(refused(limits, 3_601_000)).toBeUndefined();
  });

  it('the list of keys has a limit of its own, which no header tells, and a refused request does not count', () => {
    const limits = new RateLimits({ perMinute: 100, perHour: 100 }, 2);
    limits.take(0, KEYS);
    limits.take(0, KEYS);
    expect(refused(limits, 1_000, KEYS)?.headers).toEqual({});
    expect(refused(limits, 1_000)).toBeUndefined();
    expect(limits.headers(1_000)['ratelimit-remaining']).toBe('97');
  });

  it('0 is no limit', () => {
    const limits = new RateLimits({ perMinute: 0, perHour: 0 }, 0);
    expect(Array.from({ length: 10_000 }, () => refused(limits, 0, KEYS)).filter(Boolean)).toEqual([]);
  });

  it('a window forgets what is older than it, however much that is', () => {
    const window = new SlidingWindow(10, 1_000);
    for (let now = 0; now < 100_000; now += 1) {
      window.add(now);
    }
    expect(window.count(99_999)).toBe(1_000);
    expect(window.expiresAt(99_999)).toBe(100_000);
  });
});
