import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cloud } from '../../../src/cloud/client.ts';
import { goneDroplets, rememberGone } from '../../../src/config/gone.ts';
import { openState, type State } from '../../../src/config/state.ts';
import type { Context } from '../../../src/context.ts';
import { remembering } from '../../../src/user-state.ts';
import { aDroplet } from '../cloud/things.ts';
import { FakeClock } from '../fake-clock.ts';

let folder = '';
let state: State;
const clock = new FakeClock();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-gone-'));
  state = openState(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a droplet that was noted as gone and is there after all is listed again', async () => {
  const all = [aDroplet({ id: 7 }), aDroplet({ id: 8 })];
  const cloud = remembering(
    { state: async () => state, clock } as unknown as Context,
    { droplets: async () => all, droplet: async (id) => all.find((one) => one.id === id) } as Cloud,
  );
  rememberGone(state, all, clock.now());
  expect(await cloud.droplets()).toEqual([]);
  expect(await cloud.droplet(7)).toEqual(all[0]);
  expect(await cloud.droplet(9)).toBe(undefined);
  expect(await cloud.droplets()).toEqual([all[0]]);
  expect([...goneDroplets(state, clock.now())]).toEqual([8]);
});
