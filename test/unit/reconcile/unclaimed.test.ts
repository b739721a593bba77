// Which swarm entries count as dead, and which droplets of the account as nodes that lost their tag: nothing is taken off or made a
// second time on less than the account's word.
import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import { type NodeAnswer, SwarmView } from '../../../src/fleet/swarm-view.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import { unclaimed } from '../../../src/reconcile/unclaimed.ts';
import { aDroplet } from '../cloud/things.ts';
import { inSwarm, OUT } from '../swarm/fake-swarm.ts';

const OURS = ['belt', 'belt-cluster-shop'];
const node = (id: number, name: string, tags: string[] = OURS): Droplet =>
  aDroplet({ id, name, tags, privateAddress: `10.0.0.${id}` });
const entry = (name: string, id: number, state = 'down', role: 'manager' | 'worker' = 'worker'): SwarmNode => ({
  id: `id-${name}`,
  hostname: name,
  role,
  availability: 'active',
  state,
  address: `10.0.0.${id}`,
  reachability: role === 'manager' ? 'reachable' : undefined,
  leader: role === 'manager',
  labels: {},
  engine: { version: '28.2.2', labels: {} },
});

interface Scene {
  /** The file's nodes besides n1, the manager. */
  names?: string[];
  droplets?: Droplet[];
  removals?: Droplet[];
  /** What else the account has. */
  account?: Droplet[];
  entries?: SwarmNode[];
  answers?: NodeAnswer<Droplet>[];
  /** Some of the account's list cannot be read. */
  isPartial?: boolean;
}

async function of({ names = [], droplets = [], removals = [], account = [], entries = [], ...more }: Scene) {
  const n1 = node(1, 'n1');
  const members = [entry('n1', 1, 'ready', 'manager'), ...entries];
  const first = { node: n1, swarm: inSwarm('n1', 'manager'), members };
  const view = new SwarmView<Droplet>([first, ...(more.answers ?? [])]);
  const cloud = {
    droplets: async ({ onSkipped }: { onSkipped: (line: string) => void }) => {
      if (more.isPartial) onSkipped('an entry that cannot be read');
      return [n1, ...droplets, ...removals, ...account];
    },
  };
  const groups = [{ role: 'manager', names: ['n1', ...names] }];
  const spec = { name: 'shop', groups } as never;
  const context = { cloud: async () => cloud } as unknown as Context;
  const found = await unclaimed(context, spec, { droplets: [n1, ...droplets], removals, view });
  const named = (some: readonly { hostname: string }[]) => some.map(({ hostname }) => hostname);
  return { stale: named(found.stale), strangers: named(found.strangers), strays: Object.fromEntries(found.strays) };
}

const STALE = { stale: ['n2'], strangers: [], strays: {} };
const LEFT = { stale: [], strangers: ['n2'], strays: {} };

test.each<[string, Scene, Awaited<ReturnType<typeof of>>]>([
  ['its droplet is gone', {}, STALE],
  ['its droplet is being removed', { removals: [node(2, 'n2')] }, { stale: [], strangers: [], strays: {} }],
  ['its droplet lost the tag of the cluster', { account: [node(2, 'n2', ['belt'])] }, { ...LEFT, strays: { n2: 2 } }],
  ['somebody has a droplet of this name and address', { account: [node(2, 'n2', [])] }, { ...LEFT, strays: { n2: 2 } }],
  ['somebody has one of this name elsewhere', { account: [node(7, 'n2', [])] }, LEFT],
  ['another cluster has one of this name', { account: [node(7, 'n2', ['belt', 'belt-cluster-blue'])] }, STALE],
  [
    'one of two clusters, of which this is one, has the name',
    { account: [node(7, 'n2', ['belt', 'belt-cluster-blue', 'Belt-Cluster-Shop'])] },
    LEFT,
  ],
  ['part of the account cannot be read', { isPartial: true }, LEFT],
])('an entry that is down: %s', async (_what, scene, expected) => {
  expect(await of({ names: ['n2'], entries: [entry('n2', 2)], ...scene })).toEqual(expected);
});

test('a droplet that is removed counts no more when its old entry is looked at', async () => {
  const old = { ...entry('n2', 2), id: 'id-old', address: '10.0.0.9' };
  const n2 = node(2, 'n2');
  const answers = [{ node: n2, swarm: inSwarm('n2', 'worker') }];
  const scene = { names: ['n2'], removals: [n2], entries: [entry('n2', 2, 'ready'), old], answers };
  expect(await of(scene)).toEqual({ stale: ['n2'], strangers: [], strays: {} });
});

test.each<[string, Partial<NodeAnswer<Droplet>>, Awaited<ReturnType<typeof of>>]>([
  ['answered and is in no swarm', { swarm: OUT }, STALE],
  [
    'is locked and says nothing of itself',
    { swarm: { ...OUT, state: 'locked' } },
    { stale: [], strangers: [], strays: {} },
  ],
  ['did not answer', { error: new Error('no answer') }, { stale: [], strangers: [], strays: {} }],
])('an entry at the address of a droplet that %s', async (_what, answer, expected) => {
  const n2 = node(2, 'n2');
  expect(
    await of({ names: ['n2'], droplets: [n2], entries: [entry('n2', 2)], answers: [{ node: n2, ...answer }] }),
  ).toEqual(expected);
});

test('an older entry of a locked node is left: it may be its own', async () => {
  const n2 = node(2, 'n2');
  const answers = [{ node: n2, swarm: { ...OUT, state: 'locked' as const } }];
  const entries = [entry('n2', 2, 'ready'), { ...entry('n2', 2), id: 'id-old' }];
  expect(await of({ names: ['n2'], droplets: [n2], entries, answers })).toEqual({
    stale: [],
    strangers: ['n2'],
    strays: {},
  });
});

test.each<[string, string[], boolean]>([
  ['belt made, for no cluster any more', ['belt'], true],
  ['a run of belt made', ['belt-run-k1-a'], true],
  ['belt made for another cluster', ['belt', 'belt-cluster-blue'], false],
  ['somebody made', ['web'], false],
])('of a node that is to be made, a droplet of its name that %s', async (_what, tags, isStray) => {
  const { strays } = await of({ names: ['n2'], account: [node(2, 'n2', tags)] });
  expect(strays).toEqual(isStray ? { n2: 2 } : {});
});
