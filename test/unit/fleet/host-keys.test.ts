// Which host keys a node may present, from its user data's to one of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeRun } from '../../../src/config/choices.ts';
import { openState, type State } from '../../../src/config/state.ts';
import { openHostKeys } from '../../../src/fleet/host-keys.ts';
import { newKeyPair } from '../../../src/new-key.ts';
import { keyBytes } from '../../../src/ssh/fingerprint.ts';

let folder = '';
let state: State;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-host-keys-'));
  state = openState(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const [given, own, other] = ['a', 'b', 'c'].map((comment) => keyBytes(newKeyPair(comment).publicKey)!);
const node = { id: 7, name: 'node1', publicAddress: '192.0.2.1', tags: ['belt-run-k1'] };

test('while a node gets a key of its own both are known, and only that one once it is proven', () => {
  const keys = openHostKeys(state, 22);
  keys.introduce([node], given!);
  expect({ of: keys.of(node), interim: keys.interim(node) }).toEqual({ of: [given], interim: given });
  keys.replacing(node, given!, own!);
  expect({ of: keys.of(node), interim: keys.interim(node) }).toEqual({ of: [given, own], interim: given });
  keys.pin([node], own!);
  expect({ of: keys.of(node), interim: keys.interim(node) }).toEqual({ of: [own], interim: undefined });
  // Whoever created it does not bring the first one back.
  keys.introduce([node], given!);
  expect(keys.of(node)).toEqual([own]);
});

test('the key of the run that made a node is known as long as there is no pin, and no longer', () => {
  const hostKey = newKeyPair('run').publicKey;
  writeRun(state, { id: 'k1', cluster: 'default', startedAt: 0, hostKey, inFlight: [], sentAt: 0 });
  const keys = openHostKeys(state, 22);
  expect({ of: keys.of(node), interim: keys.interim(node) }).toEqual({
    of: [keyBytes(hostKey)],
    interim: keyBytes(hostKey),
  });
  keys.pin([node], other!);
  expect({ of: keys.of(node), interim: keys.interim(node) }).toEqual({ of: [other], interim: undefined });
  keys.forget([node]);
  expect(openHostKeys(state, 22).of({ ...node, tags: [] })).toEqual([]);
});
