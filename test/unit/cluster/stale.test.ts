import { expect, test } from 'vitest';
import type { KnownMember } from '../../../src/cluster/known.ts';
import { dyingEntries, needsAccount, staleEntries, type Unclaimed } from '../../../src/cluster/stale.ts';

const entry = (hostname: string, address: string, state = 'down'): KnownMember => ({
  id: `id-${hostname}-${address}`,
  hostname,
  role: 'worker',
  availability: 'active',
  state,
  address,
  labels: {},
});
const w1 = { id: 1, name: 'w1', privateAddress: '10.0.0.1', answered: true };
const w2 = { id: 2, name: 'w2', publicAddress: '203.0.113.2', privateAddress: '10.0.0.2' };
const NAMES = new Set(['w1', 'w2']);

const scene = (entries: KnownMember[], more: Partial<Unclaimed> = {}): Unclaimed => ({
  entries,
  droplets: [w1],
  names: NAMES,
  account: [w1],
  ...more,
});

test.each<[string, KnownMember, Partial<Unclaimed>, boolean]>([
  ['its node rejoined under another id', entry('w1', '10.0.0.1'), {}, true],
  [
    'its node does not answer: it may be that one',
    entry('w1', '10.0.0.1'),
    { droplets: [{ ...w1, answered: false }] },
    false,
  ],
  ['its droplet is gone from the account', entry('w2', '10.0.0.2'), {}, true],
  ['its droplet is gone, and the swarm did not notice yet', entry('w2', '10.0.0.2', 'ready'), {}, false],
  ['it works outside DigitalOcean, with the name of a node', entry('w2', '192.0.2.7', 'ready'), {}, false],
  ['its node rejoined under another id, and the swarm did not notice yet', entry('w1', '10.0.0.1', 'ready'), {}, false],
  [
    'its node is off, in a swarm on public addresses',
    entry('w2', '203.0.113.2'),
    { droplets: [w1, { ...w2, answered: false }], account: [w1, w2] },
    false,
  ],
  [
    'its node is off, and DigitalOcean does not say its address',
    entry('w2', '203.0.113.2'),
    { droplets: [w1, { id: 2, name: 'w2', answered: false }], account: [w1, { id: 2, name: 'w2' }] },
    false,
  ],
  [
    'its node was recreated at another address',
    entry('w2', '10.0.0.9'),
    { droplets: [w1, { ...w2, answered: true }], account: [w1, w2] },
    true,
  ],
  [
    'a droplet without a cluster has the name, at another address',
    entry('w2', '10.0.0.9'),
    { account: [w1, w2] },
    false,
  ],
  [
    'a droplet of another cluster has the name, at another address',
    entry('w2', '10.0.0.9'),
    { account: [w1, { ...w2, isOthers: true }] },
    true,
  ],
  ['nobody asked for the account', entry('w2', '10.0.0.2'), { account: undefined }, false],
  [
    'its droplet only lost the tag',
    entry('w2', '10.0.0.2'),
    { account: [w1, { id: 2, name: 'w2', privateAddress: '10.0.0.2' }] },
    false,
  ],
  [
    'a droplet of the name has no address yet',
    entry('w2', '10.0.0.2'),
    { account: [w1, { id: 2, name: 'w2' }] },
    false,
  ],
  ['it is none of the cluster', entry('gpu', '10.0.0.9'), {}, false],
])('an entry is stale or not: %s', (_what, one, more, stale) => {
  expect(staleEntries(scene([one], more))).toEqual(stale ? [one] : []);
});

test('an entry whose droplet is gone and that is not down yet is worth a wait', () => {
  const [ready, off] = [entry('w2', '10.0.0.2', 'ready'), entry('w2', '10.0.0.2')];
  expect(dyingEntries(scene([ready, off, entry('gpu', '10.0.0.9', 'ready')]))).toEqual([ready]);
});

test('the account is asked for only where an entry has a name of the cluster and no address of it', () => {
  expect(needsAccount(scene([entry('w1', '10.0.0.1'), entry('gpu', '10.0.0.9')]))).toBe(false);
  expect(needsAccount(scene([entry('w2', '10.0.0.2')]))).toBe(true);
});
