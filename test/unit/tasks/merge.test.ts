import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogLine } from '../../../src/engine/log-lines.ts';
import { Merge, type Source } from '../../../src/tasks/logs/merge.ts';

const line = (n: number, text = ''): LogLine => ({
  time: `2026-11-30T06:00:00.${String(n).padStart(9, '0')}Z`,
  stream: 'stdout',
  text: Buffer.from(text),
});

/** The logs of several containers, each in the order of its times, and who writes next. */
const logs = fc.record({
  times: fc.array(
    fc.array(fc.nat(999_999_999), { maxLength: 30 }).map((all) => all.toSorted((a, b) => a - b)),
    { minLength: 1, maxLength: 8 },
  ),
  turns: fc.array(fc.nat(), { maxLength: 300 }),
});

test('logs that are read to their end come whole and in the order of their times, however their pieces arrive', () => {
  fc.assert(
    fc.property(logs, ({ times, turns }) => {
      const merge = new Merge<number>({ follow: false });
      const sources = times.map((_, n) => merge.add(n, 0));
      const left = times.map((all) => [...all]);
      const taken: string[] = [];
      const step = (n: number) => {
        const here = n % times.length;
        const next = left[here]!.shift();
        if (next !== undefined) void merge.push(sources[here]!, [line(next)], 0);
        else merge.end(sources[here]!);
        taken.push(...merge.take(0).map(({ time }) => time));
      };
      for (const turn of turns) step(turn);
      for (let n = 0; !merge.isOver; n++) step(n);
      const wanted = times.flat().map((n) => line(n).time);
      expect(taken).toEqual(wanted.toSorted());
    }),
    { seed: 11, numRuns: 500 },
  );
});

test('a log keeps its own order, even where its times do not', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(1_000))), (all) => {
      const merge = new Merge<number>({ follow: true });
      const sources = Array.from({ length: 5 }, (_, n) => merge.add(n, 0));
      for (const [n, time] of all) void merge.push(sources[n]!, [line(time)], 0);
      const taken = merge.take(10_000);
      expect(taken).toHaveLength(all.length);
      for (let n = 0; n < 5; n++) {
        const own = taken.filter(({ of }) => of === n).map(({ time }) => time);
        expect(own).toEqual(all.filter(([of]) => of === n).map(([, time]) => line(time).time));
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('when it follows, a line waits a moment for earlier ones, and a silent log holds up nobody', () => {
  const merge = new Merge<string>({ follow: true });
  const [a, b] = [merge.add('a', 0), merge.add('b', 0)];
  for (const source of [a, b]) merge.opened(source, 0);
  void merge.push(a, [line(2)], 10);
  expect(merge.take(200)).toEqual([]);
  void merge.push(b, [line(1)], 200);
  expect(merge.take(260).map(({ of }) => of)).toEqual([]);
  expect(merge.take(450).map(({ of }) => of)).toEqual(['b', 'a']);
  void merge.push(a, [line(3)], 1_000);
  expect(merge.take(1_249)).toEqual([]);
  expect(merge.take(1_250).map(({ of }) => of)).toEqual(['a']);
});

test('a log that wrote more than its share waits, and goes on when there is room', async () => {
  const merge = new Merge<string>({ follow: true });
  const source: Source<string> = merge.add('a', 0);
  const many = Array.from({ length: 1_000 }, (_, n) => line(n, 'x'.repeat(1_000)));
  let isRoom = false;
  const room = merge.push(source, many, 0)?.then(() => {
    isRoom = true;
  });
  expect(room).toBeDefined();
  await Promise.resolve();
  expect(isRoom).toBe(false);
  // Nothing waits for its time while a log cannot go on.
  const first = merge.take(1).length;
  expect(first).toBeGreaterThan(500);
  await room;
  expect(isRoom).toBe(true);
  expect(merge.take(250)).toHaveLength(1_000 - first);
});
