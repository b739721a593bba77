import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Progress } from '../../../../src/output/progress/progress.ts';
import { anOut } from '../terminal.ts';
import { clock, displayOf, earlierRun, KIND, numbered, pass } from './runs.ts';

describe('without a terminal', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  const inPipe = async (about: object = {}) => {
    const { out, stdout, stderr } = await anOut({ terminal: false, ...about });
    return { out, stdout, stderr, said: () => stderr.take().split('\n').slice(0, -1) };
  };

  test('a line a change, with the seconds that it took; what took no time is not worth one', async () => {
    const { out, stdout, said } = await inPipe();
    const progress = displayOf(out, ['node1']);
    pass(400);
    progress.phase('node1', 'booting');
    pass(14_400);
    progress.phase('node1', 'waiting for SSH');
    for (let retry = 0; retry < 8; retry++) {
      pass(1_000);
      progress.phase('node1', 'waiting for SSH', 'connection refused');
    }
    progress.phase('node1', 'running cloud-init');
    pass(12_000);
    progress.phase('node1', 'waiting for Docker');
    pass(300);
    progress.phase('node1', 'joining the swarm');
    pass(2_000);
    progress.end('node1', 'ready');
    progress.stop();
    expect(said()).toEqual([
      'node1: created (0.4 s)',
      'node1: has an address (14 s)',
      'node1: SSH answers (8.0 s)',
      'node1: cloud-init finished (12 s)',
      'node1: ready after 37 s',
    ]);
    expect(stdout.written).toBe('');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('nodes of which the same is to be said at once share a line', async () => {
    const { out, said } = await inPipe();
    const progress = displayOf(out, numbered(5));
    pass(1_200);
    for (const name of ['node1', 'node2', 'node3', 'node5']) progress.phase(name, 'booting');
    progress.end('node4', 'failed', 'the droplet limit is reached');
    expect(said()).toEqual([]);
    pass(100);
    expect(said()).toEqual(['node[1:3,5]: created (1.2 s)', 'node4: failed after 1.2 s: the droplet limit is reached']);
    progress.stop();
  });

  test('keeps its order with what else is printed', async () => {
    const { out, said } = await inPipe();
    const progress = displayOf(out, numbered(2));
    progress.phase('node1', 'booting');
    out.note('node1: started the swarm');
    progress.end('node1', 'ready');
    out.warn('take care');
    expect(said()).toEqual([
      'node1: created (0.0 s)',
      'node1: started the swarm',
      'node1: ready after 0.0 s',
      'warning: take care',
    ]);
    progress.stop();
  });

  test('a node that falls back says so, with why', async () => {
    const { out, said } = await inPipe();
    const progress = displayOf(out, ['node1']);
    progress.phase('node1', 'running cloud-init');
    pass(5_000);
    progress.phase('node1', 'waiting for SSH', 'the connection was lost');
    progress.stop();
    expect(said()).toEqual(['node1: created (0.0 s)', 'node1: back to waiting for SSH: the connection was lost']);
  });

  test('where nothing changes for a while: the counts, the time left, and the last error of who waits longest', async () => {
    const { out, said } = await inPipe();
    const progress = displayOf(out, numbered(3), { earlier: earlierRun([0, 0, 70]) });
    for (const name of numbered(3)) progress.phase(name, 'waiting for SSH');
    pass(2_000);
    progress.phase('node2', 'waiting for SSH', 'connection refused');
    progress.end('node1', 'ready');
    pass(15_000);
    expect(said()).toEqual(['node[1:3]: created (0.0 s)', 'node1: ready after 2.0 s']);
    pass(100);
    const line = '1 of 3 ready, 17 s, about 55 s left: waiting for SSH 2 (node2: connection refused)';
    expect(said()).toEqual([line]);
    pass(14_900);
    expect(said()).toEqual([]);
    progress.stop();
    expect(said()).toEqual([]);
  });

  test('what fails all at once is left to the error at the end', async () => {
    const { out, said } = await inPipe();
    const progress = displayOf(out, numbered(3));
    for (const name of numbered(3)) progress.end(name, 'failed', 'Unable to authenticate you');
    progress.stop();
    expect(said()).toEqual([]);
  });

  test('more than twelve nodes are counts, when they changed and at most every five seconds; a failure is a line', async () => {
    const { out, said } = await inPipe();
    const names = numbered(13);
    const progress = displayOf(out, names);
    for (const name of names.slice(0, 10)) progress.phase(name, 'booting');
    pass(4_900);
    progress.phase('node1', 'waiting for SSH');
    expect(said()).toEqual([]);
    pass(100);
    expect(said()).toEqual(['0 of 13 ready, 5 s: creating 3, booting 9, waiting for SSH 1']);
    pass(6_000);
    expect(said()).toEqual([]);
    progress.end('node1', 'failed', 'not reachable in time: connection refused');
    pass(100);
    expect(said()).toEqual(['node1: failed after 11 s: not reachable in time: connection refused']);
    for (const name of names.slice(1)) progress.end(name, 'ready');
    pass(4_900);
    expect(said()).toEqual([]);
    progress.stop();
    expect(said()).toEqual(['12 of 13 ready, 1 failed, 16 s']);
  });

  test('nodes that were there already can be counts as well', async () => {
    const { out, said } = await inPipe();
    const progress = new Progress(out, clock, [], { earlier: new Map(), detail: 'counts' });
    pass(20_000);
    expect(said()).toEqual([]);
    for (const name of ['m1', 'm2']) progress.add({ name, phase: 'waiting for SSH', kind: KIND });
    progress.phase('m1', 'running cloud-init');
    pass(5_000);
    expect(said()).toEqual(['0 of 2 ready, 20 s: waiting for SSH 1, running cloud-init 1']);
    progress.end('m1', 'ready');
    progress.end('m2', 'failed', 'no');
    progress.stop();
    expect(said()).toEqual([]);
  });

  test('-q silences it', async () => {
    const { out, stdout, stderr } = await inPipe({ quiet: true });
    const progress = displayOf(out, numbered(2));
    progress.phase('node1', 'booting');
    progress.end('node1', 'failed', 'no');
    pass(60_000);
    progress.stop();
    expect([stdout.written, stderr.written]).toEqual(['', '']);
  });
});
