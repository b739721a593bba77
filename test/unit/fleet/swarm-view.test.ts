import { expect, test } from 'vitest';
import type { SwarmInfo } from '../../../src/engine/engine.ts';
import { type NodeAnswer, SwarmView } from '../../../src/fleet/swarm-view.ts';
import type { Node } from '../../../src/model/node.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import { OUT } from '../swarm/fake-swarm.ts';

const node = (id: number, name: string): Node => ({ id, name, privateAddress: `10.0.0.${id}`, tags: [] });
const [m1, m2, w1] = [node(1, 'm1'), node(2, 'm2'), node(3, 'w1')];

function entry(id: string, address: string, more: Partial<SwarmNode> = {}): SwarmNode {
  const plain = {
    availability: 'active',
    leader: false,
    labels: {},
    engine: { version: '28.2.2', labels: {} },
  } as const;
  return { id, hostname: id, role: 'worker', state: 'ready', address, reachability: undefined, ...plain, ...more };
}

const inside = (nodeId: string, more: Partial<SwarmInfo> = {}): SwarmInfo => ({
  ...OUT,
  state: 'active',
  nodeId,
  ...more,
});

const manages = (n: typeof m1, nodeId: string, members: SwarmNode[], clusterId = 'A'): NodeAnswer => ({
  node: n,
  swarm: inside(nodeId, { manager: true, clusterId }),
  members,
});

test('a node that left and joined again is its new entry, whatever the state of the old one', () => {
  const members = [entry('M', '10.0.0.1'), entry('new', '10.0.0.3', { state: 'unknown' }), entry('old', '10.0.0.3')];
  const view = new SwarmView([manages(m1, 'M', members), { node: w1, swarm: inside('new') }]);
  expect(view.memberOf(w1)?.id).toBe('new');
});

test('a node that answers and is in no swarm has no entry, though one with its address is there', () => {
  const view = new SwarmView([
    manages(m1, 'M', [entry('M', '10.0.0.1'), entry('W', '10.0.0.3')]),
    { node: w1, swarm: OUT },
  ]);
  expect(view.memberOf(w1)).toBeUndefined();
  expect(view.outside).toEqual([w1]);
});

test('a node in a swarm of its own is foreign', () => {
  const members = [entry('M', '10.0.0.1'), entry('M2', '10.0.0.2'), entry('W', '10.0.0.3')];
  const view = new SwarmView([
    manages(w1, 'X', [entry('X', '10.0.0.3')], 'B'),
    manages(m1, 'M', members),
    manages(m2, 'M2', members),
  ]);
  expect(view.swarm?.id).toBe('A');
  expect(view.memberOf(w1)).toBeUndefined();
  expect(view.foreign).toEqual([w1]);
});

test('a node that is off is the entry with its address that no other engine claims', () => {
  const members = [entry('M', '10.0.0.1'), entry('W', '10.0.0.3', { state: 'down' })];
  const off = new SwarmView([manages(m1, 'M', members), { node: w1, error: new Error('no answer') }]);
  expect(off.memberOf(w1)?.id).toBe('W');
  expect(off.silent).toEqual([w1]);
  // The address is another droplet's now, whose engine claims the entry.
  const reused = { ...m2, privateAddress: '10.0.0.3' };
  const taken = new SwarmView([
    manages(m1, 'M', members),
    { node: reused, swarm: inside('W') },
    { node: w1, error: new Error('no answer') },
  ]);
  expect(taken.memberOf(w1)).toBeUndefined();
});

test('managers without a leader are told apart from silence', () => {
  const view = new SwarmView([
    { node: m1, swarm: inside('M', { manager: true }), error: new Error('The swarm does not have a leader') },
    { node: m2, error: new Error('no answer') },
  ]);
  expect(view.swarm).toBeUndefined();
  expect(view.leaderless).toEqual([m1]);
  expect(view.silent).toEqual([m2]);
});

test('a worker whose entry was removed is told apart from one that is in another swarm', () => {
  const members = [entry('M', '10.0.0.1', { role: 'manager' })];
  const knows = (...managers: string[]) => ({ node: w1, swarm: inside('gone', { managers }) });
  const expelled = new SwarmView([manages(m1, 'M', members), knows('10.0.0.1:2377')]);
  expect({ expelled: expelled.expelled, foreign: expelled.foreign }).toEqual({ expelled: [w1], foreign: [] });
  const foreign = new SwarmView([manages(m1, 'M', members), knows('10.9.9.9:2377')]);
  expect({ expelled: foreign.expelled, foreign: foreign.foreign }).toEqual({ expelled: [], foreign: [w1] });
});

test('two nodes that say they are the same entry are clones', () => {
  const members = [entry('M', '10.0.0.1'), entry('W', '10.0.0.3')];
  const view = new SwarmView([
    manages(m1, 'M', members),
    { node: w1, swarm: inside('W') },
    { node: m2, swarm: inside('W') },
  ]);
  expect(view.clones).toEqual([[w1, m2]]);
});

test('newer answers take the place of older ones', () => {
  const view = new SwarmView<typeof m1>([
    { node: m1, error: new Error('no answer') },
    { node: w1, swarm: OUT },
  ]);
  const again = view.with([manages(m1, 'M', [entry('M', '10.0.0.1')])]);
  expect({ silent: again.silent, outside: again.outside, id: again.memberOf(m1)?.id }).toEqual({
    silent: [],
    outside: [w1],
    id: 'M',
  });
});

test('of several entries that a silent node may be, it is the one that is most alive', () => {
  const at = (id: string, state: string) => entry(id, '10.0.0.3', { state });
  const among = (...members: SwarmNode[]) =>
    new SwarmView([
      manages(m1, 'M', [entry('M', '10.0.0.1'), ...members]),
      { node: w1, error: new Error('no answer') },
    ]).memberOf(w1)?.id;
  expect(among(at('old', 'down'), at('back', 'unknown'), at('new', 'ready'))).toBe('new');
  expect(among(at('old', 'down'), at('back', 'unknown'))).toBe('back');
  expect(among(at('old', 'down'), at('older', 'down'))).toBe('old');
});

test('a manager that is locked does not say which entry is its: it counts as hidden, unless it does', () => {
  const locked = (nodeId: string) => ({ node: m2, swarm: { ...OUT, state: 'locked' as const, nodeId } });
  const members = [entry('M', '10.0.0.1'), entry('m2', '192.0.2.1')];
  const hidden = new SwarmView([manages(m1, 'M', members), locked('')]);
  expect({ hidden: hidden.isHidden(m2), mightBe: hidden.mightBe(m2)?.id }).toEqual({ hidden: true, mightBe: 'm2' });
  const told = new SwarmView([manages(m1, 'M', members), locked('X')]);
  expect({ hidden: told.isHidden(m2), mightBe: told.mightBe(m2)?.id }).toEqual({ hidden: false, mightBe: undefined });
});

test('a manager that the swarm does not list, and a worker that knows a manager of another one, are foreign', () => {
  const members = [entry('M', '10.0.0.1', { role: 'manager' })];
  const view = new SwarmView([
    manages(m1, 'M', members),
    { node: m2, swarm: inside('X', { manager: true, managers: ['10.0.0.1:2377'] }) },
    { node: w1, swarm: inside('gone', { managers: ['10.0.0.1:2377', '10.9.9.9:2377'] }) },
  ]);
  expect({ expelled: view.expelled, foreign: view.foreign }).toEqual({ expelled: [], foreign: [m2, w1] });
});

test('an entry without a place is one that no engine claims and that has the address of no node', () => {
  const members = [entry('M', '10.0.0.1'), entry('W', '10.0.0.3'), entry('X', '10.9.9.9'), entry('Y', '10.9.9.8')];
  const view = new SwarmView([
    manages(m1, 'M', members),
    { node: w1, error: new Error('no answer') },
    { node: m2, swarm: inside('Y') },
  ]);
  expect(view.unplaced.map(({ id }) => id)).toEqual(['X']);
});
