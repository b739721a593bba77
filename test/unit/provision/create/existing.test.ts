import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Run, readRun, rememberNodes, writeRun } from '../../../../src/config/choices.ts';
import { openState, type State } from '../../../../src/config/state.ts';
import type { Context } from '../../../../src/context.ts';
import type { Droplet } from '../../../../src/model/droplet.ts';
import { identityOf, thisProcess } from '../../../../src/processes.ts';
import { dropletsNow, existingDroplets, oneOfEach } from '../../../../src/provision/create/existing.ts';
import { aDroplet } from '../../cloud/things.ts';
import { FakeClock } from '../../fake-clock.ts';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP';

let folder = '';
let state: State;
let clock: FakeClock;
const pinned: number[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-existing-'));
  state = openState(folder);
  clock = new FakeClock();
  pinned.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const theRun = (more: Partial<Run> = {}): Run => ({
  id: 'other',
  cluster: 'default',
  startedAt: clock.now(),
  hostKey: HOST_KEY,
  inFlight: [],
  sentAt: 0,
  ...more,
});

const MINE = ['belt', 'belt-cluster-default', 'belt-run-other'];
const DEAD = { ...thisProcess(), pid: 2 ** 22 + 1 };

interface Account {
  /** Answers each look at the list. */
  list: () => Droplet[];
  /** What exists, whatever the list says; without it what the list shows. */
  all?: Droplet[];
}

const notes: string[] = [];
const asked: number[] = [];
function context({ list, all }: Account): Context {
  notes.length = 0;
  asked.length = 0;
  const parts = {
    clock,
    signal: new AbortController().signal,
    out: { note: (line: string) => notes.push(line), warn: (line: string) => notes.push(line) },
    settings: async () => ({ cluster: 'default' }),
    state: async () => state,
    cloud: async () => ({
      droplets: async () => list(),
      droplet: async (id: number) => {
        asked.push(id);
        return (all ?? list()).find((droplet) => droplet.id === id);
      },
    }),
    fleet: async () => ({ introduce: async (nodes: Droplet[]) => void pinned.push(...nodes.map(({ id }) => id)) }),
  };
  return parts as unknown as Context;
}

const idsOf = (droplets: readonly Droplet[]): number[] => droplets.map(({ id }) => id);
const node1 = aDroplet({ id: 7, name: 'node1', tags: MINE });

describe('a run that was killed', () => {
  test('what it made is pinned, and the run forgotten', async () => {
    writeRun(state, theRun({ process: DEAD }));
    expect(await existingDroplets(context({ list: () => [node1] }), ['node1'])).toEqual([node1]);
    expect(pinned).toEqual([7]);
    expect(readRun(state, 'other')).toBe(undefined);
  });

  test('what it knew that it made exists, also where lists do not show it yet', async () => {
    writeRun(state, theRun({ process: DEAD, made: [7, 8] }));
    expect(idsOf(await existingDroplets(context({ list: () => [], all: [node1] }), ['node1']))).toEqual([7]);
    expect(pinned).toEqual([7]);
  });

  test('what it had sent is waited for, for a minute at most, and is then known not to exist', async () => {
    const sentAt = clock.now() - 10_000;
    writeRun(state, theRun({ process: DEAD, startedAt: sentAt, inFlight: ['node1', 'node2'], sentAt }));
    expect(await existingDroplets(context({ list: () => [] }), ['node1'])).toEqual([]);
    expect(notes).toEqual(['an interrupted run may still be creating node1: waiting']);
    expect(clock.now() - sentAt).toBeGreaterThanOrEqual(60_000);
    expect(clock.now() - sentAt).toBeLessThan(65_000);
    expect(readRun(state, 'other')).toBe(undefined);
  });

  test('what it had sent comes late: it is pinned', async () => {
    const begun = clock.now();
    writeRun(state, theRun({ process: DEAD, inFlight: ['node1'], sentAt: begun }));
    const list = () => (clock.now() - begun < 30_000 ? [] : [node1]);
    expect(idsOf(await existingDroplets(context({ list }), ['node1']))).toEqual([7]);
    expect(pinned).toEqual([7]);
  });

  test('what it had sent for other names is not waited for, and its host key is kept', async () => {
    const run = theRun({ process: DEAD, inFlight: ['node1'], sentAt: clock.now() });
    writeRun(state, run);
    expect(await existingDroplets(context({ list: () => [] }), ['node9'])).toEqual([]);
    expect(notes).toEqual([]);
    expect(readRun(state, 'other')).toEqual(run);
  });

  test('in this very process it is waited for as well: up makes a second attempt', async () => {
    writeRun(state, theRun({ process: thisProcess(), inFlight: ['node1'], sentAt: clock.now() }));
    await existingDroplets(context({ list: () => [] }), ['node1']);
    expect(notes).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['dated in the future', { startedAt: 8e15, sentAt: 8e15, inFlight: ['node1'], process: DEAD }],
    [
      'dated in the future, of a belt that says nothing of its process',
      { startedAt: 8e15, sentAt: 8e15, inFlight: ['node1'] },
    ],
    ['from another host', { startedAt: 0, sentAt: 0, inFlight: ['node1'], process: { ...DEAD, host: 'elsewhere' } }],
    ['without names', { inFlight: null, process: DEAD }],
    ['with odd names', { inFlight: 'node1', made: 'node1', process: DEAD }],
    ['with an odd process', { process: 'me' }],
    ['of nothing', { startedAt: null, sentAt: null, hostKey: null, inFlight: null }],
  ])('a record %s holds nobody for more than a minute', async (_what, more) => {
    writeRun(state, { ...theRun(), ...more } as Run);
    const startMs = clock.now();
    expect(await existingDroplets(context({ list: () => [] }), ['node1'])).toEqual([]);
    expect(clock.now() - startMs).toBeLessThan(65_000);
  });

  test.each(['', 'null', '{', '[]', '"text"'])('a record that holds %j is none', async (text) => {
    state.write('runs/other.json', text);
    expect(await existingDroplets(context({ list: () => [] }), ['node1'])).toEqual([]);
  });
});

describe('a run that goes on in another belt', () => {
  test('keeps its record, as far as it says whose it is', async () => {
    // The process that started this one lives as long as it does.
    const parent = identityOf(process.ppid);
    const run = theRun({ startedAt: 0, process: parent, inFlight: ['node1'], sentAt: clock.now() });
    writeRun(state, run);
    await existingDroplets(context({ list: () => [] }), ['node1']);
    expect(notes).toEqual([]);
    expect(readRun(state, 'other')).toEqual(run);
  });

  test('keeps its record a minute long where it does not say: its droplets may not be in this list', async () => {
    writeRun(state, theRun());
    await existingDroplets(context({ list: () => [] }), ['node9']);
    expect(readRun(state, 'other')).toEqual(theRun());
  });

  test('keeps its record where it sent its requests while the list was read', async () => {
    writeRun(state, theRun({ startedAt: clock.now() - 90_000 }));
    const moved = theRun({ startedAt: clock.now() - 90_000, sentAt: clock.now() });
    const list = () => {
      writeRun(state, moved);
      return [];
    };
    await existingDroplets(context({ list }), ['node9']);
    expect(readRun(state, 'other')).toEqual(moved);
  });
});

describe('a list that lags', () => {
  test('what is known here and not listed is asked for by id', async () => {
    rememberNodes(state, 'default', [node1, aDroplet({ id: 8, name: 'node2' }), aDroplet({ id: 9, name: 'other' })]);
    expect(idsOf(await dropletsNow(context({ list: () => [], all: [node1] }), []))).toEqual([7]);
    expect(asked).toEqual([7, 8, 9]);
  });

  test('what is listed and was removed is not there', async () => {
    const list = [node1, aDroplet({ id: 8, name: 'node2', tags: MINE })];
    expect(idsOf(await dropletsNow(context({ list: () => list, all: [list[1]!] }), []))).toEqual([8]);
  });

  test('where both agree nothing is asked', async () => {
    const node2 = aDroplet({ id: 8, name: 'node2', tags: MINE });
    rememberNodes(state, 'default', [node1, node2]);
    expect(idsOf(await dropletsNow(context({ list: () => [node1, node2] }), []))).toEqual([7, 8]);
    expect(asked).toEqual([]);
  });

  test('one that is known here and whose name is wanted may have been deleted elsewhere: its id is asked for, once', async () => {
    const node2 = aDroplet({ id: 8, name: 'node2', tags: MINE });
    rememberNodes(state, 'default', [node1, node2]);
    const account = { list: () => [node1, node2], all: [node2] };
    expect(idsOf(await dropletsNow(context(account), ['node1']))).toEqual([8]);
    expect(asked).toEqual([7]);
    expect(idsOf(await existingDroplets(context(account), ['node1', 'node2'], { ask: true }))).toEqual([8]);
    expect(asked).toEqual([7, 8]);
  });

  test('one that is listed, wanted by nobody and not known here may have been deleted a moment ago', async () => {
    rememberNodes(state, 'default', [node1]);
    const list = [node1, aDroplet({ id: 8, name: 'node2', tags: MINE })];
    expect(idsOf(await dropletsNow(context({ list: () => list, all: [node1] }), []))).toEqual([7]);
  });

  test('what was asked for by id and is of another cluster now does not count', async () => {
    rememberNodes(state, 'default', [node1]);
    const moved = { ...node1, tags: ['belt', 'belt-cluster-else'] };
    expect(await dropletsNow(context({ list: () => [], all: [moved] }), [])).toEqual([]);
  });

  test('tags compare without case, and what is none of belt’s is not of the cluster', async () => {
    const list = [
      aDroplet({ id: 7, name: 'node1', tags: ['Belt', 'BELT-cluster-Default'] }),
      aDroplet({ id: 8, name: 'node2', tags: ['belt-cluster-default'] }),
    ];
    expect(idsOf(await dropletsNow(context({ list: () => list }), []))).toEqual([7]);
  });
});

describe('two droplets of one name', () => {
  const twin = aDroplet({ id: 9, name: 'node1', tags: ['belt', 'belt-cluster-default', 'belt-run-x'] });

  test('the one with the lowest id is used, and the other is told with what removes it', async () => {
    const both = await existingDroplets(context({ list: () => [twin, node1] }), ['node1']);
    expect(idsOf(both)).toEqual([7, 9]);
    expect(notes).toEqual([]);
    expect(idsOf(oneOfEach(context({ list: () => [] }), both))).toEqual([7]);
    expect(notes).toEqual(['two droplets are named node1: 7 is used, and 9 is left alone; remove it: belt rm 9']);
  });

  test('of which one is gone: only a list shows it still', async () => {
    expect(idsOf(await existingDroplets(context({ list: () => [twin, node1], all: [twin] }), ['node1']))).toEqual([9]);
    expect(notes).toEqual([]);
  });
});
