import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { anOut } from '../terminal.ts';
import { clock, displayOf, earlierRun, numbered, pass } from './runs.ts';

describe('as events', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 3, 4, 5) }));
  afterEach(() => void vi.useRealTimers());

  const telling = async (about: object = {}) => {
    const made = await anOut({ terminal: false, json: true, ...about });
    made.out.startEvents(clock);
    const events = () =>
      made.stdout
        .take()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    return { ...made, events };
  };

  test('a change of a node is one, each with its time; nothing is said on stderr', async () => {
    const { out, stderr, events } = await telling();
    const progress = displayOf(out, ['node1', 'node2']);
    pass(1_250);
    progress.phase('node1', 'booting');
    progress.phase('node1', 'booting', 'still');
    pass(1_000);
    progress.phase('node1', 'waiting for SSH');
    progress.phase('node1', 'booting', 'it was rebuilt');
    progress.end('node1', 'ready');
    progress.end('node2', 'failed', 'node2: no\nmore');
    progress.stop();
    const begin = { event: 'phase', time: '2026-01-02T03:04:05.000Z', phase: 'creating', seconds: 0 };
    const time = '2026-01-02T03:04:07.250Z';
    expect(events()).toEqual([
      { ...begin, node: 'node1' },
      { ...begin, node: 'node2' },
      { event: 'phase', time: '2026-01-02T03:04:06.250Z', node: 'node1', phase: 'booting', seconds: 1.3 },
      { event: 'phase', time, node: 'node1', phase: 'waiting for SSH', seconds: 2.3 },
      { event: 'phase', time, node: 'node1', phase: 'booting', seconds: 2.3, detail: 'it was rebuilt' },
      { event: 'ready', time, node: 'node1', seconds: 2.3 },
      { event: 'failed', time, node: 'node2', phase: 'creating', seconds: 2.3, error: 'no more' },
    ]);
    expect(stderr.written).toBe('');
  });

  test('every five seconds the counts, with the time left where it is known', async () => {
    const { out, events } = await telling({ quiet: true });
    const progress = displayOf(out, numbered(2), { earlier: earlierRun([1, 20, 8]) });
    progress.end('node2', 'failed', 'no');
    events();
    pass(5_000);
    const counts = { event: 'progress', time: '2026-01-02T03:04:10.000Z', nodes: 2, ready: 0, failed: 1 };
    expect(events()).toEqual([{ ...counts, phases: { creating: 1 }, seconds: 5, secondsLeft: null }]);
    progress.phase('node1', 'booting');
    pass(4_000);
    expect(events()).toMatchObject([{ event: 'phase' }]);
    pass(1_000);
    expect(events()).toMatchObject([{ event: 'progress', seconds: 10, secondsLeft: 23, phases: { booting: 1 } }]);
    progress.stop();
  });

  test('a live display stays on the terminal beside them', async () => {
    const { out, stderr, events } = await telling({ terminal: true });
    const progress = displayOf(out, ['node1']);
    expect(stderr.seen()).toHaveLength(2);
    expect(events()).toHaveLength(1);
    progress.stop();
    expect(stderr.seen()).toEqual([]);
  });

  test('notes are among them, warnings are as well, and said', async () => {
    const { out, stderr, events } = await telling();
    out.note('look');
    out.tell('joined', { node: 'w1' }, 'w1: joined');
    out.warn('take care', { node: 'w1' });
    const time = '2026-01-02T03:04:05.000Z';
    expect(events()).toEqual([
      { event: 'note', time, text: 'look' },
      { event: 'joined', time, node: 'w1', text: 'w1: joined' },
      { event: 'warning', time, node: 'w1', text: 'take care' },
    ]);
    expect(stderr.written).toBe('warning: take care\n');
  });

  test('there are none unless they were asked for', async () => {
    const { out, stdout, stderr } = await anOut({ json: true });
    out.event('joined', {});
    out.tell('joined', { node: 'w1' }, 'w1: joined');
    expect([stdout.written, stderr.written]).toEqual(['', 'w1: joined\n']);
  });
});
