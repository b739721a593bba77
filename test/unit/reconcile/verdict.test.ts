import { expect, test } from 'vitest';
import type { Standing } from '../../../src/cluster/known.ts';
import { planCluster } from '../../../src/cluster/plan.ts';
import { stepsOf } from '../../../src/cluster/steps.ts';
import { readCluster } from '../../../src/config/cluster/read.ts';
import type { Observed } from '../../../src/reconcile/observe.ts';
import { verdictOf } from '../../../src/reconcile/verdict.ts';

const { spec } = readCluster({
  shown: '.belt.yaml',
  text: 'cluster: {name: shop, managers: {nodes: m1}, workers: {nodes: "w[1:6]", size: s-1vcpu-1gb}}',
});
const NAMES = ['m1', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6'];

/** A cluster that is right but for the standings that are given; `null` where there is no droplet. */
function seen(others: Record<string, Standing | null>, more: { size?: string; extra?: string; stale?: string } = {}) {
  const droplets = [...NAMES.filter((name) => others[name] !== null), ...(more.extra ? [more.extra] : [])].map(
    (name) => ({
      id: 1 + [...NAMES, more.extra].indexOf(name),
      name,
      size: name === 'w1' ? (more.size ?? 's-1vcpu-1gb') : 's-1vcpu-1gb',
      region: 'sgp1',
    }),
  );
  const member = (name: string) => ({
    id: `id-${name}`,
    hostname: name,
    role: name === 'm1' ? ('manager' as const) : ('worker' as const),
    availability: 'active' as const,
    state: 'ready',
    address: '',
    labels: {},
  });
  const standings = new Map(
    droplets.map(({ id, name }) => [id, others[name] ?? { where: 'in' as const, member: member(name) }]),
  );
  const stale = more.stale ? [member(more.stale)] : [];
  const plan = planCluster(spec, { droplets, standings, swarm: {}, stale });
  return { plan, steps: stepsOf(plan, { removals: [] }) } as unknown as Observed;
}

const say = (observed: Observed) => {
  const { line, exitCode, failed, drift } = verdictOf(spec, observed, 'belt up');
  return { line, exitCode, failed: failed.map(({ name }) => name), drift: drift.map(({ name }) => name) };
};

test('all is right', () => {
  expect(say(seen({}))).toEqual({ line: 'shop: 7 nodes, up to date', exitCode: 0, failed: [], drift: [] });
});

test('two droplets were not made, though the request was answered', () => {
  expect(say(seen({ w5: null, w6: null }))).toEqual({
    line: 'shop: 5 of 7 nodes up to date; w[5:6] are missing',
    exitCode: 3,
    failed: ['w5', 'w6'],
    drift: [],
  });
});

test('several do not answer, and several are behind a jump host that fails', () => {
  const member = { ...seen({}).plan.nodes[1]!.member! };
  const silent: Standing = { where: 'silent', member, why: 'no route' };
  const behind: Standing = { where: 'silent', member, why: 'the jump host b: no', jump: { hint: 'mend b' } };
  expect(say(seen({ w1: silent, w2: silent, w3: behind, w4: behind }))).toMatchObject({
    line: 'shop: 3 of 7 nodes up to date; w[1:2] do not answer, w[3:4] cannot be reached',
    exitCode: 3,
  });
});

test('one did not join, one is off, one differs: the node that fails decides the exit code', () => {
  expect(say(seen({ w2: { where: 'out' }, w3: { where: 'off' } }, { size: 's-2vcpu-2gb', extra: 'w9' }))).toEqual({
    line: 'shop: 4 of 7 nodes up to date; w2 is not in the swarm, w3 is powered off, w1 differs in size, w9 is not in the file',
    exitCode: 3,
    failed: ['w2', 'w3'],
    drift: ['w1', 'w9'],
  });
});

test('what only differs is 4', () => {
  expect(say(seen({}, { size: 's-2vcpu-2gb' }))).toMatchObject({
    line: 'shop: 6 of 7 nodes up to date; w1 differs in size',
    exitCode: 4,
  });
});

test('many with the same finding are folded', () => {
  const off = { where: 'off' } as const;
  expect(say(seen({ w1: off, w2: off, w3: off, w4: off, w5: off, w6: off })).line).toBe(
    'shop: 1 of 7 nodes up to date; w[1:6] are powered off',
  );
});

test('an entry that is still there is no success', () => {
  expect(say(seen({}, { stale: 'w1' }))).toMatchObject({ exitCode: 4, drift: ['w1'] });
});
