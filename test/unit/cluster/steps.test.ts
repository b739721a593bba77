import { describe, expect, test } from 'vitest';
import { isRight, isSettled, type NodePlan, nodeNames } from '../../../src/cluster/plan.ts';
import { countChanges, type Step, sameSteps, stepsOf, stepsOn, stepWords } from '../../../src/cluster/steps.ts';
import type { NodeGroup } from '../../../src/config/cluster/types.ts';

const group = (role: NodeGroup['role']): NodeGroup => ({ role, names: [], labels: {}, availability: 'active' });

const node = (name: string, change: Partial<NodePlan> = {}): NodePlan => ({
  name,
  group: group('worker'),
  droplet: undefined,
  member: undefined,
  create: false,
  leave: false,
  swarm: undefined,
  unlock: false,
  labels: {},
  availability: undefined,
  trouble: undefined,
  drift: [],
  unknown: undefined,
  ...change,
});

const member = { id: 'e1', hostname: 'old', role: 'worker', availability: 'active', state: 'down' } as const;
const plan = (nodes: NodePlan[], more = {}) => ({ nodes, extra: [], stale: [], autolock: undefined, ...more });
const NOTHING_ELSE = { removals: [] };

describe('the steps of a plan', () => {
  test('are in the order in which they are carried out', () => {
    const manager = group('manager');
    const nodes = [
      node('m1', { group: manager, create: true, swarm: 'init', labels: { zone: 'a' } }),
      node('m2', { group: manager, unlock: true }),
      node('w1', { leave: true, swarm: 'join', availability: 'drain' }),
      node('w2', { swarm: 'demote' }),
      node('w3', { group: manager, swarm: 'promote', labels: { a: '1', b: '2' } }),
      node('w4'),
    ];
    const surroundings = {
      removals: [
        { id: 7, name: 'm1' },
        { id: 8, name: 'gone' },
      ],
      vpc: { name: 'shop', region: 'sgp1' },
      firewall: { name: 'belt-shop', change: 'update' as const },
    };
    const stale = [{ ...member, address: '10.0.0.9', labels: {} }];
    const steps = stepsOf(plan(nodes, { stale, autolock: false }), surroundings);
    expect(steps).toEqual([
      { kind: 'remove', node: 'm1', droplet: 7, recreate: true },
      { kind: 'remove', node: 'gone', droplet: 8, recreate: false },
      { kind: 'vpc', vpc: 'shop', region: 'sgp1' },
      { kind: 'firewall', firewall: 'belt-shop', change: 'update' },
      { kind: 'create', node: 'm1' },
      { kind: 'init', node: 'm1' },
      { kind: 'change', node: 'm1', labels: { zone: 'a' } },
      { kind: 'unlock', node: 'm2' },
      { kind: 'leave', node: 'w1' },
      { kind: 'join', node: 'w1', role: 'worker' },
      { kind: 'change', node: 'w1', labels: {}, availability: 'drain' },
      { kind: 'change', node: 'w2', role: 'worker', labels: {} },
      { kind: 'change', node: 'w3', role: 'manager', labels: { a: '1', b: '2' } },
      { kind: 'autolock', on: false },
      { kind: 'forget', entry: 'e1', hostname: 'old' },
    ]);
    expect(stepsOn(steps, 'm1').map(({ kind }) => kind)).toEqual(['remove', 'create', 'init', 'change']);
    // m1, gone, m2, w1, w2, w3; the VPC, the firewall, the lock, the stale entry.
    expect(countChanges(steps)).toBe(10);
    expect(sameSteps(steps, structuredClone(steps))).toBe(true);
    expect(sameSteps(steps, steps.slice(1))).toBe(false);
  });

  test('are none where nothing is to be done', () => {
    expect(stepsOf(plan([node('w1')]), NOTHING_ELSE)).toEqual([]);
    expect(stepsOf(plan([], { autolock: true }), NOTHING_ELSE)).toEqual([{ kind: 'autolock', on: true }]);
  });

  test.each<[Step, string[]]>([
    [{ kind: 'remove', node: 'w1', droplet: 1, recreate: false }, ['remove']],
    [{ kind: 'create', node: 'w1' }, ['create']],
    [{ kind: 'unlock', node: 'w1' }, ['unlock']],
    [{ kind: 'leave', node: 'w1' }, ['leave its swarm']],
    [{ kind: 'init', node: 'w1' }, ['start the swarm']],
    [{ kind: 'join', node: 'w1', role: 'manager' }, ['join as manager']],
    [{ kind: 'change', node: 'w1', role: 'manager', labels: {} }, ['promote']],
    [{ kind: 'change', node: 'w1', role: 'worker', labels: {} }, ['demote']],
    [
      { kind: 'change', node: 'w1', labels: { a: '1', b: '' }, availability: 'pause' },
      ['label a=1', 'label b=', 'pause'],
    ],
    [{ kind: 'vpc', vpc: 'shop', region: 'sgp1' }, ['VPC shop: will be created in sgp1']],
    [{ kind: 'firewall', firewall: 'belt-shop', change: 'create' }, ['firewall belt-shop: will be created']],
    [{ kind: 'firewall', firewall: 'belt-shop', change: 'update' }, ['firewall belt-shop: will be changed']],
    [{ kind: 'autolock', on: true }, ['swarm: autolock will be turned on']],
    [{ kind: 'autolock', on: false }, ['swarm: autolock will be turned off']],
    [{ kind: 'forget', entry: 'e1', hostname: 'old' }, ['old: stale swarm entry, will be removed']],
  ])('%j is shown as %j', (step, words) => expect(stepWords(step)).toEqual(words));
});

describe('a node', () => {
  const trouble = { text: 'is powered off', hint: '', passing: false };
  const drift = { text: 'has another size', short: 'differs in size', hint: '' };
  test.each<[string, Partial<NodePlan>, boolean, boolean]>([
    ['as the file says', {}, true, true],
    ['to be created', { create: true }, false, false],
    ['that leaves a swarm', { leave: true }, false, false],
    ['that joins', { swarm: 'join' }, false, false],
    ['that is locked', { unlock: true }, false, false],
    ['without a label', { labels: { a: '1' } }, false, false],
    ['to be drained', { availability: 'drain' }, false, false],
    ['of which nobody knows', { unknown: 'not ready yet' }, true, false],
    ['in trouble', { trouble }, true, false],
    ['of another size', { drift: [drift] }, true, false],
  ])('%s', (_what, change, settled, right) => {
    expect([isSettled(node('w1', change)), isRight(node('w1', change))]).toEqual([settled, right]);
  });

  test('is named by the file, in its order', () => {
    const groups = [
      { ...group('manager'), names: ['m2', 'm1'] },
      { ...group('worker'), names: ['a'] },
    ];
    expect(nodeNames({ groups })).toEqual(['m2', 'm1', 'a']);
  });
});
