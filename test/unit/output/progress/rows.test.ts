import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Row, RowDisplay, type Rows } from '../../../../src/output/progress/rows.ts';
import { rendered } from '../../../e2e/emulator.ts';
import { anOut } from '../terminal.ts';

const row = (name: string, more: Partial<Row> = {}): Row => ({
  name,
  count: '1 of 2 running',
  state: 'the image is being pulled',
  sinceMs: 0,
  ...more,
});
const clock = { now: () => Date.now() };

describe('what is waited for', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  async function shown(rows: Row[], { columns = 80, lines = 24, ms = 3_000, more = {} as Partial<Rows> } = {}) {
    const { out, stderr } = await anOut();
    Object.assign(stderr, { columns, rows: lines });
    const display = new RowDisplay(out, clock, () => ({ rows, done: 'converged', ...more }));
    vi.advanceTimersByTime(ms);
    const seen = stderr.seen();
    display.stop();
    expect(stderr.seen()).toEqual([]);
    return seen;
  }

  test('is a row each: name, how many, since when, and what it is doing', async () => {
    const rows = [
      row('web'),
      row('db', { count: '1 of 1 running', state: 'converged', sinceMs: 2_000, end: 'done' }),
      row('worker', { count: '0 of 10 running', state: 'No such image: x', sinceMs: 1_000, end: 'failed' }),
    ];
    expect(await shown(rows)).toEqual([
      '· web     1 of 2 running     3 s  the image is being pulled',
      '✔ db      1 of 1 running     2 s  converged',
      '✘ worker  0 of 10 running    1 s  No such image: x',
      '  1 of 3 converged, 1 failed, 3 s',
    ]);
  });

  test('says what holds up all of it', async () => {
    const seen = await shown([row('web')], { more: { trouble: 'no manager answers' } });
    expect(seen.at(-1)).toBe('  0 of 1 converged, 3 s, no manager answers');
  });

  test('on fewer columns than the names have, counts and seconds are still there', async () => {
    const names = ['analytics-worker-first', 'analytics-worker-second'];
    const seen = await shown(
      names.map((name) => row(name)),
      { columns: 44 },
    );
    expect(seen.slice(0, 2)).toEqual([
      '· analyt…-first  1 of 2 running    3 s  th…',
      '· analyt…second  1 of 2 running    3 s  th…',
    ]);
    for (const columns of [12, 20, 30, 40, 60])
      for (const line of await shown(
        names.map((name) => row(name)),
        { columns },
      ))
        expect(line.length).toBeLessThan(columns);
  });

  test('of more rows than the screen has, those that are not done', async () => {
    const rows = Array.from({ length: 30 }, (_, n) => row(`s${n}`, n < 20 ? { end: 'done', state: 'converged' } : {}));
    const seen = await shown(rows, { lines: 8 });
    expect(seen.map((line) => line.split(/ +/)[1])).toEqual(['s20', 's21', 's22', 's23', 's24', 's25', '20']);
    expect(seen.at(-1)).toBe('  20 of 30 converged, 3 s, 4 more not shown');
  });

  test('leaves nothing behind on a terminal that became narrower', async () => {
    const { out, stderr } = await anOut();
    const display = new RowDisplay(out, clock, () => ({ rows: [row('web'), row('db')], done: 'converged' }));
    stderr.take();
    // The terminal breaks each line of 57 columns in two.
    stderr.columns = 40;
    vi.advanceTimersByTime(100);
    expect(stderr.take()).toMatch(/^\r\x1b\[5A\x1b\[J/);
    out.note('a line');
    display.stop();
    expect(rendered(stderr.take(), 40)).toEqual(['a line']);
  });

  test('a terminal that does not know its size has the usual one', async () => {
    expect(await shown([row('web')], { columns: 0, lines: 0 })).toHaveLength(2);
  });

  test('nothing in a pipe, nor with -q', async () => {
    for (const how of [{ terminal: false }, { quiet: true }]) {
      const { out, stderr } = await anOut(how);
      const display = new RowDisplay(out, clock, () => ({ rows: [row('web')], done: 'converged' }));
      vi.advanceTimersByTime(1_000);
      display.stop();
      expect([display.isShown, stderr.written]).toEqual([false, '']);
    }
  });
});
