import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/clock.ts';
import { openState } from '../../../src/config/state.ts';
import type { Context } from '../../../src/context.ts';
import { exclusively } from '../../../src/fleet/exclusive.ts';
import { thisProcess } from '../../../src/processes.ts';
import { FakeClock, settled } from '../fake-clock.ts';

let folder = '';
let clock: FakeClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-exclusive-'));
  clock = new FakeClock({ auto: false, startMs: new Date(2026, 10, 28, 12, 3, 4).getTime() });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  context: Context;
  notes: string[];
  interrupt: () => void;
}

function run({ cluster = 'shop', time = clock as Clock, at = folder } = {}): Run {
  const notes: string[] = [];
  const controller = new AbortController();
  const state = openState(at);
  const context = {
    clock: time,
    signal: controller.signal,
    out: { note: (line: string) => notes.push(line) },
    settings: async () => ({ cluster }),
    state: async () => state,
  } as unknown as Context;
  return { context, notes, interrupt: () => controller.abort(new Error('interrupted')) };
}

/** Work that lasts until it is ended. */
function work() {
  let end = () => {};
  let begun = false;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    do: () => {
      begun = true;
      return ended;
    },
    end: () => end(),
    begun: () => begun,
  };
}

const claims = (cluster = 'shop'): string[] => readdirSync(join(folder, 'changing', cluster));
const claim = (more: object = {}): string =>
  JSON.stringify({ id: 'other', what: 'belt up', since: clock.now(), place: 1, ...thisProcess(), ...more });

function leaveBehind(text: string, name = 'other'): void {
  mkdirSync(join(folder, 'changing', 'shop'), { recursive: true });
  writeFileSync(join(folder, 'changing', 'shop', `${name}.json`), text);
}

describe('a stack', () => {
  test('holds up only who changes the same one', async () => {
    const [first, other, same, up] = [work(), work(), work(), work()];
    const a = exclusively(run().context, 'belt deploy', first.do, { stack: 'web' });
    await settled();
    const two = run();
    const all = [
      exclusively(run().context, 'belt deploy', other.do, { stack: 'shop' }),
      exclusively(run().context, 'belt up', up.do),
      exclusively(two.context, 'belt deploy', same.do, { stack: 'web' }),
    ];
    await clock.advance(1_000);
    expect([other, up, same].map(({ begun }) => begun())).toEqual([true, true, false]);
    expect(two.notes).toEqual([`waiting for \`belt deploy\` (process ${process.pid}, since 12:03:04)…`]);
    for (const { end } of [first, other, up]) end();
    await a;
    await clock.advance(100);
    expect(same.begun()).toBe(true);
    same.end();
    await Promise.all(all);
  });

  test('is named where it stays taken', async () => {
    const first = work();
    const a = exclusively(run().context, 'belt deploy', first.do, { stack: 'web' });
    await settled();
    const b = exclusively(run().context, 'belt deploy', work().do, { stack: 'web', timeoutMs: 500 });
    const refused = expect(b).rejects.toThrow(/^another run is still changing the stack web: `belt deploy`/);
    await clock.advance(1_000);
    await refused;
    first.end();
    await a;
  });
});

describe('who leaves before the end', () => {
  test('lets the next one in, and waits for it where it comes back', async () => {
    const [rest, second] = [work(), work()];
    const one = run();
    const order: string[] = [];
    const a = exclusively(one.context, 'belt deploy', async (leave) => {
      leave();
      await rest.do();
      await exclusively(one.context, 'belt deploy', async () => void order.push('back'));
    });
    await settled();
    const b = exclusively(run().context, 'belt up', second.do).then(() => order.push('second'));
    await clock.advance(200);
    expect(second.begun()).toBe(true);
    rest.end();
    await clock.advance(1_000);
    expect(order).toEqual([]);
    second.end();
    await b;
    await clock.advance(200);
    await a;
    expect(order).toEqual(['second', 'back']);
    expect(claims()).toEqual([]);
  });

  test('of a nested call, which has nothing of its own to leave', async () => {
    const [first, second] = [work(), work()];
    const { context } = run();
    const a = exclusively(context, 'belt up', () =>
      exclusively(context, 'belt deploy', async (leave) => {
        leave();
        await first.do();
      }),
    );
    await settled();
    const b = exclusively(run().context, 'belt up', second.do);
    await clock.advance(1_000);
    expect(second.begun()).toBe(false);
    first.end();
    second.end();
    await a;
    await clock.advance(200);
    await b;
  });
});

describe('two runs of one cluster', () => {
  test('the second says for whom it waits, and goes on when the first is done', async () => {
    const [one, two] = [run(), run()];
    const [first, second] = [work(), work()];
    const a = exclusively(one.context, 'belt up', first.do);
    await settled();
    const b = exclusively(two.context, 'belt create', second.do);
    await clock.advance(5_000);
    expect(second.begun()).toBe(false);
    expect(two.notes).toEqual([`waiting for \`belt up\` (process ${process.pid}, since 12:03:04)…`]);
    first.end();
    await a;
    await clock.advance(100);
    expect(second.begun()).toBe(true);
    second.end();
    await b;
    expect(claims()).toEqual([]);
    expect(one.notes).toEqual([]);
  });

  test('they go in the order in which they came, one at a time, also after one that failed', async () => {
    const order: string[] = [];
    const runs = ['a', 'b', 'c', 'd'].map(async (name) => {
      await exclusively(run().context, `belt ${name}`, async () => {
        order.push(`${name} begins`);
        await clock.sleep(500);
        order.push(`${name} ends`);
        if (name === 'b') throw new Error('b failed');
      }).catch((error) => order.push(error.message));
    });
    await clock.advance(10_000);
    await Promise.all(runs);
    const words = ['a begins', 'a ends', 'b begins', 'b ends', 'b failed', 'c begins', 'c ends', 'd begins', 'd ends'];
    expect(order).toEqual(words);
  });

  test('Ctrl-C ends the wait at once, and those behind do not wait for it', async () => {
    const [first, third] = [work(), work()];
    const a = exclusively(run().context, 'belt up', first.do);
    await settled();
    const two = run();
    const b = exclusively(two.context, 'belt up', work().do);
    await settled();
    const c = exclusively(run().context, 'belt down', third.do);
    await settled();
    two.interrupt();
    await expect(b).rejects.toThrow('interrupted');
    expect(claims()).toHaveLength(2);
    first.end();
    await a;
    await clock.advance(100);
    expect(third.begun()).toBe(true);
    third.end();
    await c;
  });

  test('a wait that is too long ends, and says who is at work', async () => {
    const first = work();
    const a = exclusively(run().context, 'belt up', first.do);
    await settled();
    const b = exclusively(run().context, 'belt create', work().do, { timeoutMs: 30_000 });
    b.catch(() => {});
    await clock.advance(31_000);
    await expect(b).rejects.toMatchObject({
      message: `another run is still changing the cluster shop: \`belt up\` (process ${process.pid}, since 12:03:04)`,
      hint: 'run the same command again when it has finished',
    });
    first.end();
    await a;
  });

  test('what one calls inside of its own work goes through', async () => {
    const { context, notes } = run();
    const inner = () => exclusively(context, 'belt create', async () => 'made');
    expect(await exclusively(context, 'belt up', inner)).toBe('made');
    expect(notes).toEqual([]);
    expect(claims()).toEqual([]);
  });

  test('Shop and shop are one cluster at DigitalOcean; others, and other folders, do not wait', async () => {
    const first = work();
    const a = exclusively(run().context, 'belt up', first.do);
    await settled();
    const same = work();
    const b = exclusively(run({ cluster: 'Shop' }).context, 'belt up', same.do);
    const elsewhere = mkdtempSync(join(tmpdir(), 'belt-exclusive-'));
    expect(await exclusively(run({ cluster: 'other' }).context, 'belt up', async () => 1)).toBe(1);
    expect(await exclusively(run({ at: elsewhere }).context, 'belt up', async () => 2)).toBe(2);
    rmSync(elsewhere, { recursive: true });
    await clock.advance(1_000);
    expect(same.begun()).toBe(false);
    first.end();
    await a;
    await clock.advance(100);
    same.end();
    await b;
  });
});

test('a run that is still taking its place is waited for, and named only when it stays so', async () => {
  leaveBehind(claim({ place: undefined }));
  const { context, notes } = run();
  const mine = exclusively(context, 'belt up', async () => 'done');
  await clock.advance(50);
  expect(notes).toEqual([]);
  leaveBehind(claim({ place: 2 }));
  await clock.advance(100);
  expect(await mine).toBe('done');
  expect(notes).toEqual([]);

  leaveBehind(claim({ place: undefined }));
  const next = run();
  const held = exclusively(next.context, 'belt up', async () => 'done');
  await clock.advance(1_000);
  expect(next.notes).toEqual([expect.stringMatching(/^waiting for `belt up` \(process \d+, since /)]);
  rmSync(join(folder, 'changing', 'shop', 'other.json'));
  await clock.advance(100);
  expect(await held).toBe('done');
});

test('of two that took the same place at the same moment one goes first, and never both wait', async () => {
  leaveBehind(claim({ id: 'zz', place: undefined }), 'zz');
  const first = exclusively(run().context, 'belt up', async () => 'done');
  await clock.advance(50);
  leaveBehind(claim({ id: 'zz', place: 1 }), 'zz');
  await clock.advance(100);
  expect(await first).toBe('done');
  rmSync(join(folder, 'changing', 'shop', 'zz.json'));

  leaveBehind(claim({ id: '00', place: undefined }), '00');
  const job = work();
  const second = exclusively(run().context, 'belt up', job.do);
  await clock.advance(50);
  leaveBehind(claim({ id: '00', place: 1 }), '00');
  await clock.advance(1_000);
  expect(job.begun()).toBe(false);
  rmSync(join(folder, 'changing', 'shop', '00.json'));
  await clock.advance(100);
  expect(job.begun()).toBe(true);
  job.end();
  await second;
});

describe('what was left behind holds nobody', () => {
  const lives = thisProcess();
  test.each<[string, () => string]>([
    ['a claim of a process that ended', () => claim({ pid: 2 ** 22 + 1 })],
    ['one whose process id is another process now', () => claim({ start: '1' })],
    ['one from before the last boot, or another host', () => claim({ host: 'elsewhere' })],
    ['one of a process that ended, dated in the future', () => claim({ pid: 2 ** 22 + 1, since: 8e15 })],
    ['garbage', () => '{"id": "oth'],
    ['null', () => 'null'],
    ['nothing', () => ''],
    ['a list', () => '[1]'],
    ['another id than its name', () => claim({ id: 'another' })],
    ['no process', () => claim({ pid: null })],
    ['a group of processes', () => claim({ pid: -1 })],
    ['a date that is none', () => claim({ since: 1e300 })],
    ['a place that is none', () => claim({ place: 'first' })],
  ])('%s', async (_what, text) => {
    expect(lives.start).not.toBe('');
    leaveBehind(text());
    const { context, notes } = run();
    expect(await exclusively(context, 'belt up', async () => 'done')).toBe('done');
    expect(notes).toEqual([]);
  });

  test('a claim of a process that lives holds, wherever its date is', async () => {
    leaveBehind(claim({ since: clock.now() + 1e10 }));
    const { context, notes } = run();
    const b = exclusively(context, 'belt up', async () => 'done');
    await clock.advance(1_000);
    expect(notes).toHaveLength(1);
    rmSync(join(folder, 'changing', 'shop', 'other.json'));
    await clock.advance(100);
    expect(await b).toBe('done');
  });

  test('the dead are swept away, those of other hosts after a day', async () => {
    leaveBehind(claim({ id: 'dead', pid: 2 ** 22 + 1 }), 'dead');
    leaveBehind(claim({ id: 'far', host: 'elsewhere' }), 'far');
    leaveBehind(claim({ id: 'old', host: 'elsewhere', since: clock.now() - 25 * 3_600_000 }), 'old');
    await exclusively(run().context, 'belt up', async () => {});
    expect(claims()).toEqual(['far.json']);
  });
});

test('in a folder that cannot be written nothing is begun', async () => {
  writeFileSync(join(folder, 'changing'), '');
  const job = work();
  await expect(exclusively(run().context, 'belt up', job.do)).rejects.toThrow(
    /^cannot write \S+: its folder is a file$/,
  );
  expect(job.begun()).toBe(false);
  rmSync(join(folder, 'changing'));
  // Root may write anywhere.
  if (process.getuid?.() === 0) return;
  chmodSync(folder, 0o500);
  await expect(exclusively(run().context, 'belt up', job.do)).rejects.toThrow(/^cannot write \S+: permission denied$/);
  expect(job.begun()).toBe(false);
});
