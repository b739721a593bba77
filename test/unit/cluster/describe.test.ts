import { expect, test } from 'vitest';
import { describeCluster, type Found } from '../../../src/cluster/describe.ts';
import { firewallFor } from '../../../src/cluster/firewall.ts';
import type { KnownMember } from '../../../src/cluster/known.ts';
import { isSettled, planCluster } from '../../../src/cluster/plan.ts';
import { readCluster } from '../../../src/config/cluster/read.ts';
import { clusterText } from '../../../src/config/cluster/write.ts';

const HOLDS = { tag: 'belt-cluster-shop', sshPort: 22 };

const droplet = (n: number, name: string, change: object = {}) => ({
  id: n,
  name,
  size: 's-1vcpu-1gb',
  region: 'sgp1',
  image: 'docker-20-04',
  privateAddress: `10.0.0.${n}`,
  ...change,
});

const member = (n: number, hostname: string, change: Partial<KnownMember> = {}): KnownMember => ({
  id: `id${n}`,
  hostname,
  role: 'worker',
  availability: 'active',
  state: 'ready',
  address: `10.0.0.${n}`,
  labels: {},
  ...change,
});

const MEMBERS = [
  member(1, 'm1', { role: 'manager', labels: { zone: 'a', own: '1' } }),
  member(2, 'm2', { role: 'manager', labels: { zone: 'a' } }),
  member(3, 'm3', { role: 'manager', labels: { zone: 'a' } }),
  member(4, 'w1', { labels: { tier: 'web', on: 'true' } }),
  member(5, 'w2', { labels: { on: 'true', tier: 'web' } }),
  member(6, 'db', { availability: 'drain' }),
];

/** By droplet id, which is in their addresses. */
const entries = (members: readonly KnownMember[]) =>
  new Map(members.map((one) => [Number(one.address.split('.').at(-1)), one]));

const FOUND: Found = {
  cluster: 'shop',
  droplets: [
    droplet(1, 'm1'),
    droplet(2, 'm2'),
    droplet(3, 'm3', { size: 's-2vcpu-2gb' }),
    droplet(4, 'w1'),
    droplet(5, 'w2'),
    droplet(6, 'db'),
  ],
  entries: entries(MEMBERS),
  managers: new Set(),
  vpc: 'shop',
  firewall: undefined,
  holds: HOLDS,
};

/** Said of a cluster without a firewall. */
const BARE = 'it has no cloud firewall: remove "firewall: false" from the description, and belt up creates one';

test('what is described is what plan finds, written to a file and read back', () => {
  const { spec, unsure } = describeCluster(FOUND);
  const read = readCluster({ text: clusterText(spec), shown: 'shop.yaml' });
  expect(read).toEqual({ spec, warnings: [] });
  expect(spec.groups.map(({ role, names, labels, availability }) => [role, names, labels, availability])).toEqual([
    ['manager', ['m1', 'm2', 'm3'], { zone: 'a' }, 'active'],
    ['worker', ['w1', 'w2'], { tier: 'web', on: 'true' }, 'active'],
    ['worker', ['db'], {}, 'drain'],
  ]);
  const standings = new Map([...FOUND.entries!].map(([id, one]) => [id, { where: 'in' as const, member: one }]));
  const { nodes } = planCluster(spec, { droplets: FOUND.droplets, standings, swarm: {} });
  expect(nodes.filter((node) => !isSettled(node))).toEqual([]);
  expect(unsure).toEqual(['m3: its size is s-2vcpu-2gb, but the description says s-1vcpu-1gb', BARE]);
});

test('a manager that is drained among others would be changed, and that is said', () => {
  const members = MEMBERS.map((one) => (one.hostname === 'm2' ? { ...one, availability: 'drain' as const } : one));
  expect(describeCluster({ ...FOUND, entries: entries(members) }).unsure).toContain(
    'm2: it is set to drain, but belt up would set it to active',
  );
});

test('a droplet in no swarm is taken for a worker, said so', () => {
  const members = MEMBERS.filter(({ hostname }) => hostname !== 'w2');
  expect(describeCluster({ ...FOUND, entries: entries(members) }).unsure).toContain(
    'w2: not in a swarm, described as a worker',
  );
});

test('without the swarm: the managers that were named, and what is not known', () => {
  const { spec, unsure } = describeCluster({ ...FOUND, entries: undefined, managers: new Set(['m1']) });
  expect(spec.groups[0]?.names).toEqual(['m1']);
  expect(unsure).toEqual(['the swarm could not be queried: labels and availability are not known', BARE]);
});

test('a firewall is read back as the file would say it', () => {
  const wanted = {
    ...describeCluster(FOUND).spec,
    firewall: {
      sshFrom: ['203.0.113.0/24'],
      open: [
        { first: 80, last: 80, protocol: 'tcp' as const },
        { first: 8000, last: 8010, protocol: 'udp' as const },
      ],
    },
    swarm: { defaultAddrPool: [], dataPathPort: 7777 },
  };
  const { spec, unsure } = describeCluster({ ...FOUND, firewall: firewallFor(wanted, HOLDS) });
  expect({ firewall: spec.firewall, swarm: spec.swarm }).toEqual({ firewall: wanted.firewall, swarm: wanted.swarm });
  expect(unsure.some((line) => line.startsWith('firewall'))).toBe(false);
});

test('a firewall with rules of somebody’s own is told of', () => {
  const own = firewallFor({ ...describeCluster(FOUND).spec, firewall: { sshFrom: ['10.0.0.0/8'], open: [] } }, HOLDS)!;
  const more = { protocol: 'tcp' as const, ports: '5432', peers: { addresses: ['192.0.2.1'], tags: [] } };
  const firewall = { ...own, inbound: [...own.inbound, more] };
  expect(describeCluster({ ...FOUND, firewall }).unsure).toContain(
    'firewall belt-shop: it has rules that the description cannot express, and belt up would replace them',
  );
});
