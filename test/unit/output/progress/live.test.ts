import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { anOut, type Screen } from '../terminal.ts';
import { displayOf, earlierRun, numbered, pass } from './runs.ts';

describe('on a terminal', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  /** What is on the screen after so many ms. */
  const screenAfter = (screen: Screen, ms: number): string[] => {
    pass(ms);
    return screen.seen();
  };

  test('a few nodes are a line a node: phase, time in it, last error; then how many are ready', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1', 'node10']);
    expect(stderr.seen()).toEqual([
      '· node1   creating             0 s',
      '· node10  creating             0 s',
      '  0 of 2 ready, 0 s',
    ]);
    screenAfter(stderr, 3_000);
    progress.phase('node1', 'waiting for SSH');
    expect(screenAfter(stderr, 2_000)).toEqual([
      '· node1   waiting for SSH      2 s',
      '· node10  creating             5 s',
      '  0 of 2 ready, 5 s',
    ]);
    progress.phase('node1', 'waiting for SSH', 'connection refused');
    expect(screenAfter(stderr, 1_000)[0]).toBe('· node1   waiting for SSH      3 s  connection refused');
    progress.end('node1', 'ready');
    progress.end('node10', 'failed', 'it had no address in time');
    expect(screenAfter(stderr, 60_000)).toEqual([
      '✔ node1   ready                6 s',
      '✘ node10  failed               6 s  it had no address in time',
      '  1 of 2 ready, 1 failed, 66 s',
    ]);
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('the time left is told where something is known of it, and counts down', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1'], { earlier: earlierRun([2, 30, 8]) });
    expect(stderr.seen().at(-1)).toBe('  0 of 1 ready, 0 s, about 40 s left');
    expect(screenAfter(stderr, 2_000).at(-1)).toBe('  0 of 1 ready, 2 s, about 40 s left');
    progress.phase('node1', 'booting');
    expect(screenAfter(stderr, 29_000).at(-1)).toBe('  0 of 1 ready, 31 s, about 9 s left');
    progress.phase('node1', 'waiting for SSH');
    expect(screenAfter(stderr, 7_900).at(-1)).toBe('  0 of 1 ready, 39 s, about 1 s left');
    progress.end('node1', 'ready');
    expect(screenAfter(stderr, 100).at(-1)).toBe('  1 of 1 ready, 39 s');
    progress.stop();
  });

  test('minutes are told as such', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1'], { earlier: earlierRun([2, 100, 8]) });
    expect(stderr.seen().at(-1)).toBe('  0 of 1 ready, 0 s, about 2 min left');
    progress.stop();
  });

  test('an error does not repeat the name of its node', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1']);
    for (const [error, shown] of [
      ['node1: its engine does not answer', 'its engine does not answer'],
      ['node1 (127.1.0.1): connection refused', 'connection refused'],
      ['node10: not this one', 'node10: not this one'],
      ['node1 was deleted', 'node1 was deleted'],
    ] as const) {
      progress.phase('node1', 'waiting for SSH', error);
      expect(screenAfter(stderr, 100)[0]).toBe(`· node1  waiting for SSH      0 s  ${shown}`);
    }
    progress.stop();
  });

  test('what ended stays as it ended; names that are not shown are passed over', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1']);
    progress.end('node1', 'failed', 'no');
    progress.phase('node1', 'booting');
    progress.end('node1', 'ready');
    progress.phase('stranger', 'booting');
    expect(screenAfter(stderr, 100)[0]).toBe('✘ node1  failed               0 s  no');
    progress.stop();
  });

  test.each([
    [12, 13],
    [13, 1],
  ])('%i nodes take %i lines', async (count, lines) => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, numbered(count));
    expect(stderr.seen()).toHaveLength(lines);
    progress.stop();
  });

  test('a screen with too few rows for a line a node has counts', async () => {
    const { out, stderr } = await anOut();
    stderr.rows = 7;
    const progress = displayOf(out, numbered(5));
    expect(stderr.seen()).toHaveLength(6);
    stderr.rows = 6;
    expect(screenAfter(stderr, 100)).toEqual(['· 0 of 5 ready, 0 s: creating 5']);
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('many nodes are counts by phase', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, numbered(300));
    for (const name of numbered(100)) progress.phase(name, 'booting');
    progress.end('node1', 'ready');
    expect(screenAfter(stderr, 7_000)).toEqual(['· 1 of 300 ready, 7 s: creating 200, booting 99']);
    progress.stop();
  });

  test('lines are cut to the width of the terminal, and an error of several lines takes one', async () => {
    const { out, stderr } = await anOut();
    stderr.columns = 50;
    const progress = displayOf(out, ['node1']);
    progress.phase('node1', 'waiting for Docker', 'Cannot connect\n  to the daemon, or to anything else');
    expect(screenAfter(stderr, 100)).toEqual([
      '· node1  waiting for Docker   0 s  Cannot connec…',
      '  0 of 1 ready, 0 s',
    ]);
    progress.phase('node1', 'waiting for Docker', 'a\nb');
    progress.end('node1', 'failed', 'c\r\nd');
    expect(screenAfter(stderr, 100)[0]).toBe('✘ node1  failed               0 s  c d');
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('after Ctrl-Z and fg all lines are drawn again, below what the shell printed', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1']);
    stderr.write('[1]+  Stopped\n');
    process.emit('SIGCONT', 'SIGCONT');
    const lines = ['· node1  creating             0 s', '  0 of 1 ready, 0 s'];
    expect(stderr.seen()).toEqual([...lines, '[1]+  Stopped', ...lines]);
    const listeners = process.listenerCount('SIGCONT');
    progress.stop();
    expect(process.listenerCount('SIGCONT')).toBe(listeners - 1);
  });

  test('makes way for a note and comes back under it', async () => {
    const { out, stderr } = await anOut();
    const progress = displayOf(out, ['node1']);
    out.note('your SSH key was added');
    expect(stderr.seen()).toEqual(['your SSH key was added']);
    expect(screenAfter(stderr, 100)).toEqual([
      'your SSH key was added',
      '· node1  creating             0 s',
      '  0 of 1 ready, 0 s',
    ]);
    progress.stop();
    expect(stderr.seen()).toEqual(['your SSH key was added']);
  });

  test('only the marks are painted', async () => {
    const { out, stderr } = await anOut({ colour: true });
    const progress = displayOf(out, ['a', 'b', 'c']);
    progress.end('a', 'ready');
    progress.end('b', 'failed');
    expect(screenAfter(stderr, 100).slice(0, 3)).toEqual([
      '\x1b[32m✔\x1b[39m a  ready                0 s',
      '\x1b[31m✘\x1b[39m b  failed               0 s',
      '\x1b[36m·\x1b[39m c  creating             0 s',
    ]);
    progress.stop();
  });

  test('with -q there is none', async () => {
    const { out, stdout, stderr } = await anOut({ quiet: true });
    const progress = displayOf(out, numbered(3));
    progress.phase('node1', 'booting');
    pass(20_000);
    progress.end('node1', 'ready');
    progress.stop();
    expect([stdout.written, stderr.written]).toEqual(['', '']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
