import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Progress } from '../../../src/output/progress.ts';
import { anOut, type Screen } from './terminal.ts';

const nodes = (count: number) => Array.from({ length: count }, (_, n) => `node${n + 1}`);

describe('progress', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  const clock = { now: () => Date.now() };
  /** What is on the screen after so many ms. */
  const screenAfter = (screen: Screen, ms: number): string[] => {
    vi.advanceTimersByTime(ms);
    return screen.seen();
  };

  test('of a few nodes is a line a node: phase, time in it, last error', async () => {
    const { out, stderr } = await anOut();
    const progress = new Progress(out, clock, ['node1', 'node10'], 'creating');
    expect(stderr.seen()).toEqual(['· node1   creating                 0 s', '· node10  creating                 0 s']);
    screenAfter(stderr, 3_000);
    progress.phase('node1', 'waiting for SSH');
    expect(screenAfter(stderr, 2_000)).toEqual([
      '· node1   waiting for SSH          2 s',
      '· node10  creating                 5 s',
    ]);
    progress.phase('node1', 'waiting for SSH', 'connection refused');
    expect(screenAfter(stderr, 1_000)[0]).toBe('· node1   waiting for SSH          3 s  connection refused');
    progress.end('node1', 'done');
    progress.end('node10', 'failed', 'it had no address in time');
    expect(screenAfter(stderr, 60_000)).toEqual([
      '✔ node1   ready                    6 s',
      '✘ node10  failed                   6 s  it had no address in time',
    ]);
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('what ended stays as it ended; names that are not shown are passed over', async () => {
    const { out, stderr } = await anOut();
    const progress = new Progress(out, clock, ['node1'], 'creating');
    progress.end('node1', 'failed', 'no');
    progress.phase('node1', 'booting');
    progress.end('node1', 'done');
    progress.phase('stranger', 'booting');
    expect(screenAfter(stderr, 100)).toEqual(['✘ node1  failed                   0 s  no']);
    progress.stop();
  });

  test.each([
    [12, 12],
    [13, 1],
  ])('%i nodes take %i lines', async (count, lines) => {
    const { out, stderr } = await anOut();
    const progress = new Progress(out, clock, nodes(count), 'creating');
    expect(stderr.seen()).toHaveLength(lines);
    progress.stop();
  });

  test('of many nodes is counts by phase', async () => {
    const { out, stderr } = await anOut();
    const progress = new Progress(out, clock, nodes(300), 'creating');
    for (const name of nodes(100)) progress.phase(name, 'booting');
    progress.end('node1', 'done');
    expect(screenAfter(stderr, 7_000)).toEqual(['· 300 nodes, 7 s: ready 1, booting 99, creating 200']);
    progress.stop();
  });

  test('lines are cut to the width of the terminal, and an error of several lines takes one', async () => {
    const { out, stderr } = await anOut();
    stderr.columns = 50;
    const progress = new Progress(out, clock, ['node1'], 'creating');
    progress.phase('node1', 'waiting for Docker', 'Cannot connect\n  to the daemon, or to anything else');
    expect(screenAfter(stderr, 100)).toEqual(['· node1  waiting for Docker       0 s  Cannot con']);
    progress.phase('node1', 'waiting for Docker', 'a\nb');
    progress.end('node1', 'failed', 'c\r\nd');
    expect(screenAfter(stderr, 100)).toEqual(['✘ node1  failed                   0 s  c d']);
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('makes way for a note and comes back under it', async () => {
    const { out, stderr } = await anOut();
    const progress = new Progress(out, clock, ['node1'], 'creating');
    out.note('your SSH key was added');
    expect(stderr.seen()).toEqual(['your SSH key was added']);
    expect(screenAfter(stderr, 100)).toEqual(['your SSH key was added', '· node1  creating                 0 s']);
    progress.stop();
    expect(stderr.seen()).toEqual(['your SSH key was added']);
  });

  test('only the marks are painted', async () => {
    const { out, stderr } = await anOut({ colour: true });
    const progress = new Progress(out, clock, ['a', 'b', 'c'], 'creating');
    progress.end('a', 'done');
    progress.end('b', 'failed');
    expect(screenAfter(stderr, 100)).toEqual([
      '\x1b[32m✔\x1b[39m a  ready                    0 s',
      '\x1b[31m✘\x1b[39m b  failed                   0 s',
      '\x1b[36m·\x1b[39m c  creating                 0 s',
    ]);
    progress.stop();
  });

  test.each([
    ['in a pipe', { terminal: false }],
    ['with -q', { quiet: true }],
  ])('%s there is none', async (_where, about) => {
    const { out, stdout, stderr } = await anOut(about);
    const progress = new Progress(out, clock, nodes(3), 'creating');
    progress.phase('node1', 'booting');
    vi.advanceTimersByTime(5_000);
    progress.end('node1', 'done');
    progress.stop();
    expect([stdout.written, stderr.written]).toEqual(['', '']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
