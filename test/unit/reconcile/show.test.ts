import { expect, test } from 'vitest';
import { planCluster } from '../../../src/cluster/plan.ts';
import { type Surroundings, stepsOf } from '../../../src/cluster/steps.ts';
import { readCluster } from '../../../src/config/cluster/read.ts';
import type { Context } from '../../../src/context.ts';
import type { Observed } from '../../../src/reconcile/observe.ts';
import { showPlan } from '../../../src/reconcile/show.ts';
import { anOut } from '../output/terminal.ts';

const GROUPS = {
  managers: '{nodes: m1, size: s-1vcpu-1gb, region: sgp1}',
  workers: '{nodes: "w[1:2]", size: s-2vcpu-2gb, region: sgp1, labels: {tier: web, disk: ssd}}',
};
const PRICES = new Map([
  ['s-1vcpu-1gb', 6],
  ['s-2vcpu-2gb', 18],
]);
const FIREWALL = { name: 'belt-shop', change: 'create' } as const;
const VPC = { name: 'shop', region: 'sgp1' };

/** What a plan of a cluster without droplets prints. */
async function planned(
  groups: Partial<typeof GROUPS> = {},
  surroundings: Partial<Surroundings> = {},
  { terminal = false } = {},
) {
  const { managers, workers } = { ...GROUPS, ...groups };
  const text = `cluster: {name: shop, managers: ${managers}, workers: ${workers}}`;
  const { spec } = readCluster({ shown: '.belt.yaml', text });
  const plan = planCluster(spec, { droplets: [], standings: new Map(), swarm: 'none', stale: [] });
  const steps = stepsOf(plan, { removals: [], ...surroundings });
  const { out, stdout, stderr } = await anOut({ terminal });
  const network = { vpc: undefined, firewall: undefined };
  const observed = {
    plan,
    steps,
    network,
    droplets: [],
    removals: [],
    strangers: [],
    namesakes: [],
  } as unknown as Observed;
  showPlan({ out } as Context, spec, observed, { bySize: PRICES, backups: false });
  return { table: stdout.written.split('\n').slice(0, -1), notes: stderr.written.split('\n').slice(0, -1) };
}

test('in a pipe a row is a line, with the change at its end, and the region of all is not said', async () => {
  expect((await planned()).table).toEqual([
    '  Node    Role      Size           USD/month  Change',
    '+ m1      manager   s-1vcpu-1gb         6.00  create, start the swarm',
    '+ w1      worker    s-2vcpu-2gb        18.00  create, join as worker, label tier=web, label disk=ssd',
    '+ w2      worker    s-2vcpu-2gb        18.00  create, join as worker, label tier=web, label disk=ssd',
  ]);
});

test('at 80 columns only the change goes on in a second line', async () => {
  expect((await planned({}, {}, { terminal: true })).table).toEqual([
    '  Node    Role      Size           USD/month  Change',
    '+ m1      manager   s-1vcpu-1gb         6.00  create, start the swarm',
    '+ w1      worker    s-2vcpu-2gb        18.00  create, join as worker, label',
    '                                                tier=web, label disk=ssd',
    '+ w2      worker    s-2vcpu-2gb        18.00  create, join as worker, label',
    '                                                tier=web, label disk=ssd',
  ]);
});

test('regions that differ are said', async () => {
  const { table } = await planned({ workers: '{nodes: w1, size: s-2vcpu-2gb, region: nyc1}' });
  expect(table).toEqual([
    '  Node    Role      Size          Region   USD/month  Change',
    '+ m1      manager   s-1vcpu-1gb   sgp1          6.00  create, start the swarm',
    '+ w1      worker    s-2vcpu-2gb   nyc1         18.00  create, join as worker',
  ]);
});

test('an even number of managers is told before anything is agreed to', async () => {
  const { notes } = await planned({ managers: '{nodes: "m[1:2]", size: s-1vcpu-1gb, region: sgp1}' });
  expect(notes[0]).toBe('warning: 2 managers survive the loss of 0, no more than 1 would: an odd number is better');
});

const COST = '42.00 USD a month (0.063 an hour)';

test.each([
  ['nodes alone', {}, ['3 nodes to create']],
  ['a firewall', { firewall: FIREWALL }, ['firewall belt-shop: will be created', '3 nodes and a firewall to create']],
  [
    'a firewall and a VPC',
    { firewall: FIREWALL, vpc: VPC },
    [
      'VPC shop: will be created in sgp1',
      'firewall belt-shop: will be created',
      '3 nodes, a firewall and a VPC to create',
    ],
  ],
  [
    'a firewall that changes',
    { firewall: { ...FIREWALL, change: 'update' } as const },
    ['firewall belt-shop: will be changed', '3 nodes to create, 1 firewall to change'],
  ],
])('what there is to do, counted: %s', async (_what, surroundings, words) => {
  expect((await planned({}, surroundings)).notes.join('\n')).toBe(`${words.join('\n')}; ${COST}`);
});
