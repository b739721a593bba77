import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Droplet } from '../../../src/cloud/schemas.ts';
import { existingDroplets } from '../../../src/commands/create/existing.ts';
import { type Run, readRun, writeRun } from '../../../src/config/choices.ts';
import { openState, type State } from '../../../src/config/state.ts';
import type { Context } from '../../../src/context.ts';
import { aDroplet } from '../cloud/things.ts';
import { FakeClock } from '../fake-clock.ts';

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

/** What existingDroplets needs; `list` answers each look at the account. */
function context(list: () => Promise<Droplet[]>): Context {
  const parts = {
    clock,
    signal: new AbortController().signal,
    out: { note: () => {} },
    settings: async () => ({ cluster: 'default' }),
    state: async () => state,
    cloud: async () => ({ droplets: list }),
    fleet: async () => ({ introduce: async (nodes: Droplet[]) => void pinned.push(...nodes.map(({ id }) => id)) }),
  };
  return parts as unknown as Context;
}

test('what a killed run made is pinned, and the run forgotten', async () => {
  const made = aDroplet({ id: 7, name: 'node1', tags: ['belt', 'belt-run-other'] });
  writeRun(state, theRun({ startedAt: clock.now() - 60_000, sentAt: clock.now() - 59_000 }));
  expect(
    await existingDroplets(
      context(async () => [made]),
      ['node1'],
    ),
  ).toEqual([made]);
  expect(pinned).toEqual([7]);
  expect(readRun(state, 'other')).toBe(undefined);
});

test('a run that begins in another belt keeps its record: its droplets may not be in this list', async () => {
  writeRun(state, theRun());
  await existingDroplets(
    context(async () => []),
    ['node9'],
  );
  expect(readRun(state, 'other')).toEqual(theRun());
});

test('a run that sent its requests while the list was read keeps its record', async () => {
  writeRun(state, theRun({ startedAt: clock.now() - 60_000 }));
  const moved = theRun({ startedAt: clock.now() - 60_000, sentAt: clock.now() });
  await existingDroplets(
    context(async () => {
      writeRun(state, moved);
      return [];
    }),
    ['node9'],
  );
  expect(readRun(state, 'other')).toEqual(moved);
});
