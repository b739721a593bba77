import { describe, expect, test } from 'vitest';
import { PHASES } from '../../../../src/model/phase.ts';
import { mergedTimings, type Timings, timeLeft, timingsOf } from '../../../../src/output/progress/estimate.ts';
import { Nodes } from '../../../../src/output/progress/nodes.ts';
import { earlierRun, fresh, KIND, numbered } from './runs.ts';

const NOTHING: Timings = new Map();

/** Numbers from 0 to 1, the same for a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return (state + 0.5) / 2 ** 32;
  };
}

/** Of a mean and a standard deviation, in ms (Box–Muller). */
const around = (next: () => number, mean: number, sd: number): number =>
  Math.max(50, mean + sd * Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));

/** When each node of a run enters each phase, and is ready, ms from its begin. */
function simulated(seed: number, count: number): number[][] {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const stays = [
      around(next, 1_500, 300),
      around(next, 30_000, 4_000),
      around(next, 6_000, 1_500),
      around(next, 12_000, 2_000),
      around(next, 300, 50),
      around(next, 1_000, 300),
    ];
    return [0, ...stays.map((_, n) => stays.slice(0, n + 1).reduce((sum, stay) => sum + stay))];
  });
}

/** Plays a run second by second; gives what was estimated when, and what a later run may know of it. */
function played(run: readonly number[][], earlier: Timings) {
  const nodes = new Nodes(0);
  const names = numbered(run.length);
  for (const node of fresh(...names)) nodes.add(node, 0);
  const changes = run
    .flatMap((at, n) => at.map((ms, phase) => ({ name: names[n]!, ms, phase })))
    .toSorted((a, b) => a.ms - b.ms);
  const end = changes.at(-1)!.ms;
  const seen: { ready: number; error: number | undefined; left: number | undefined }[] = [];
  for (let nowMs = 0; nowMs < end; nowMs += 1_000) {
    while (changes[0] !== undefined && changes[0].ms <= nowMs) {
      const { name, ms, phase } = changes.shift()!;
      const entered = PHASES[phase];
      if (entered === undefined) nodes.end(name, 'ready', '', ms);
      else nodes.enter(name, entered, '', ms);
    }
    const left = timeLeft(nodes.all, earlier, nowMs);
    const ready = nodes.all.filter((node) => node.end).length;
    seen.push({ ready, left, error: left === undefined ? undefined : Math.abs(left - (end - nowMs)) });
  }
  for (const { name, ms } of changes) nodes.end(name, 'ready', '', ms);
  return { seen, timings: timingsOf(nodes.all) };
}

const SEEDS = Array.from({ length: 50 }, (_, n) => n + 1);
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe('the time left, over 50 simulated runs of 8 nodes (some 50 s each)', () => {
  const earlier = SEEDS.slice(0, 3).reduce((known, seed) => {
    return mergedTimings(played(simulated(1_000 + seed, 8), NOTHING).timings, known);
  }, NOTHING);
  const known = SEEDS.map((seed) => played(simulated(seed, 8), earlier).seen);
  const unknown = SEEDS.map((seed) => played(simulated(seed, 8), NOTHING).seen);

  test('is never negative', () => {
    for (const { left } of [...known, ...unknown].flat()) expect(left ?? 0).toBeGreaterThanOrEqual(0);
  });

  test('with earlier runs to go by, it is near the truth from the first second on', () => {
    const first = known.map(([begin]) => begin!.error!);
    expect(median(first)).toBeLessThan(5_000);
    expect(Math.max(...first)).toBeLessThan(20_000);
  });

  test('without any, nothing is claimed before the first node is ready', () => {
    for (const { ready, left } of unknown.flat()) if (ready === 0) expect(left).toBeUndefined();
    expect(unknown.flat().some(({ left }) => left !== undefined)).toBe(true);
  });

  test.each([
    ['with', known],
    ['without', unknown],
  ])('%s earlier runs, it settles as nodes come up', (_what, runs) => {
    const late = runs.flat().filter(({ ready }) => ready >= 4);
    expect(late.every(({ error }) => error !== undefined)).toBe(true);
    expect(Math.max(...late.map(({ error }) => error!))).toBeLessThan(8_000);
    expect(median(late.map(({ error }) => error!))).toBeLessThan(1_500);
    expect(median(late.flatMap(({ ready, error }) => (ready === 7 ? [error!] : [])))).toBeLessThan(1_000);
  });
});

describe('the time left', () => {
  const started = (count = 1) => {
    const nodes = new Nodes(0);
    for (const node of fresh(...numbered(count))) nodes.add(node, 0);
    return nodes;
  };

  test('counts what lies ahead of the phase that a node is in', () => {
    const nodes = started();
    const earlier = earlierRun([1, 20, 8]);
    expect(timeLeft(nodes.all, earlier, 0)).toBe(29_000);
    nodes.enter('node1', 'booting', '', 1_000);
    expect(timeLeft(nodes.all, earlier, 11_000)).toBe(18_000);
    nodes.enter('node1', 'waiting for SSH', '', 21_000);
    expect(timeLeft(nodes.all, earlier, 22_000)).toBe(7_000);
  });

  test('of one node is what is usual; of many, what the slowest took', () => {
    const earlier = earlierRun([1, 20, 8], [1, 22, 8], [1, 40, 8]);
    expect(timeLeft(started().all, earlier, 0)).toBe(31_000);
    expect(timeLeft(started(8).all, earlier, 0)).toBe(49_000);
  });

  test('is what comes after the phase for a node that is late, and nothing for one that is too late', () => {
    const nodes = started();
    const earlier = earlierRun([1, 20, 8]);
    nodes.enter('node1', 'booting', '', 1_000);
    expect(timeLeft(nodes.all, earlier, 26_000)).toBe(8_000);
    expect(timeLeft(nodes.all, earlier, 33_000)).toBeUndefined();
  });

  test('is not claimed where one node is of a kind that was never seen, nor when all have ended', () => {
    const nodes = started();
    const earlier = earlierRun([1, 20, 8]);
    nodes.add({ name: 'other', phase: 'creating', kind: 'nyc1 debian-12' }, 0);
    expect(timeLeft(nodes.all, earlier, 0)).toBeUndefined();
    nodes.end('other', 'failed', 'no', 0);
    expect(timeLeft(nodes.all, earlier, 0)).toBe(29_000);
    nodes.end('node1', 'ready', '', 29_000);
    expect(timeLeft(nodes.all, earlier, 29_000)).toBeUndefined();
  });

  test('what failed teaches nothing', () => {
    const nodes = started(2);
    nodes.end('node1', 'failed', 'no', 600_000);
    expect(timingsOf(nodes.all)).toEqual(new Map());
  });
});

describe('timings', () => {
  test('keep the newest forty of a phase, and of many nodes some of each pace', () => {
    const [newer, older] = [earlierRun(...Array(30).fill([1, 20, 8])), earlierRun(...Array(30).fill([2, 30, 9]))];
    const both = mergedTimings(newer, older).get(KIND)!.creating!;
    expect(both.filter(([stay]) => stay === 1_000)).toHaveLength(30);
    expect(both.filter(([stay]) => stay === 2_000)).toHaveLength(10);
    const many = earlierRun(...Array.from({ length: 400 }, (_, n): [number, number, number] => [n, 0, 0]));
    const kept = mergedTimings(many, new Map()).get(KIND)!.creating!;
    expect(kept.map(([stay]) => stay / 1_000)).toEqual(Array.from({ length: 40 }, (_, n) => n * 10));
  });
});
