import { describe, expect, test } from 'vitest';
import { backOff, limited, poll, retry, TimedOut } from '../../src/wait.ts';
import { FakeClock } from './fake-clock.ts';

const signal = new AbortController().signal;

describe('poll', () => {
  test('looks again until there is something', async () => {
    const clock = new FakeClock({ startMs: 0 });
    let looks = 0;
    const found = await poll(() => (++looks === 3 ? 'it' : undefined), {
      clock,
      signal,
      deadline: 10_000,
      intervalMs: 250,
    });
    expect(found).toBe('it');
    expect(clock.sleeps).toEqual([250, 250]);
  });

  test('ends at the deadline, after a last look there', async () => {
    const clock = new FakeClock({ startMs: 0 });
    const looksAt: number[] = [];
    const look = () => void looksAt.push(clock.now());
    expect(await poll(look, { clock, signal, deadline: 600, intervalMs: 250 })).toBeUndefined();
    expect(looksAt).toEqual([0, 250, 500, 600]);
  });

  test('pauses as long as a function says', async () => {
    const clock = new FakeClock({ startMs: 0 });
    await poll(() => undefined, { clock, signal, deadline: 2_000, intervalMs: backOff(100, 400) });
    expect(clock.sleeps).toEqual([100, 200, 400, 400, 400, 400, 100]);
  });

  test('an interrupt ends the pause', async () => {
    const clock = new FakeClock({ startMs: 0, auto: false });
    const stop = new AbortController();
    const waiting = poll(() => undefined, { clock, signal: stop.signal, deadline: 10_000, intervalMs: 250 });
    setImmediate(() => stop.abort(new Error('interrupted')));
    await expect(waiting).rejects.toThrow('interrupted');
  });
});

describe('retry', () => {
  const fail = (times: number) => {
    let tries = 0;
    return async () => {
      if (++tries <= times) throw new Error(`failure ${tries}`);
      return tries;
    };
  };

  test('tries again after what passes', async () => {
    const clock = new FakeClock({ startMs: 0 });
    const options = { clock, signal, deadline: 10_000, isPassing: () => true, pausesMs: [300, 900] };
    expect(await retry(fail(2), options)).toBe(3);
    expect(clock.sleeps).toEqual([300, 900]);
    await expect(retry(fail(3), options)).rejects.toThrow('failure 3');
  });

  test('throws at once what does not pass, and the last error at the deadline', async () => {
    const clock = new FakeClock({ startMs: 0 });
    const options = { clock, signal, pausesMs: () => 400 };
    await expect(retry(fail(1), { ...options, deadline: 10_000, isPassing: () => false })).rejects.toThrow('failure 1');
    await expect(retry(fail(9), { ...options, deadline: 1_000, isPassing: () => true })).rejects.toThrow('failure 4');
  });
});

describe('limited', () => {
  test('a task that hangs is given up, and told', async () => {
    const clock = new FakeClock({ startMs: 0 });
    let told = false;
    const hang = (own: AbortSignal) => {
      own.addEventListener('abort', () => (told = true));
      return new Promise<never>(() => {});
    };
    const given = limited(hang, { clock, signal, timeoutMs: 5_000, late: 'node1 does not answer' });
    await expect(given).rejects.toThrow(new TimedOut('node1 does not answer'));
    expect(told).toBe(true);
    expect(clock.now()).toBe(5_000);
  });

  test('a task that hangs does not outlast an interrupt', async () => {
    const clock = new FakeClock({ startMs: 0, auto: false });
    const stop = new AbortController();
    const given = limited(() => new Promise<never>(() => {}), {
      clock,
      signal: stop.signal,
      timeoutMs: 5_000,
      late: 'late',
    });
    setImmediate(() => stop.abort(new Error('interrupted')));
    await expect(given).rejects.toThrow('interrupted');
  });

  test('what the task gives, or throws, comes through', async () => {
    const clock = new FakeClock({ auto: false });
    const options = { clock, signal, timeoutMs: 5_000, late: 'late' };
    expect(await limited(async () => 7, options)).toBe(7);
    await expect(limited(async () => Promise.reject(new Error('no')), options)).rejects.toThrow('no');
  });
});
