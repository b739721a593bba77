import { expect, test } from 'vitest';
import { FlyingClock } from '../support/flying-clock.ts';

test('a minute that everybody waits for is short, and who sleeps less wakes first', async () => {
  const clock = new FlyingClock();
  const [startMs, realMs] = [clock.now(), performance.now()];
  const woke: string[] = [];
  await Promise.all([
    clock.sleep(60_000).then(() => woke.push('minute')),
    clock.sleep(59_999).then(() => woke.push('less')),
  ]);
  expect(woke).toEqual(['less', 'minute']);
  expect(clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
  expect(performance.now() - realMs).toBeLessThan(50_000);
});

test('what keeps the thread busy hardly takes time', () => {
  const clock = new FlyingClock();
  const [startMs, realMs] = [clock.now(), performance.now()];
  for (const endMs = performance.now() + 50; performance.now() < endMs; );
  const passedMs = clock.now() - startMs;
  expect(passedMs).toBeLessThan((performance.now() - realMs) * 0.8);
});

test('a sleep ends with its signal', async () => {
  const clock = new FlyingClock();
  const ended = new AbortController();
  const sleep = clock.sleep(3_600_000, ended.signal);
  ended.abort(new Error('over'));
  await expect(sleep).rejects.toThrow('over');
  await expect(clock.sleep(1, ended.signal)).rejects.toThrow('over');
});
