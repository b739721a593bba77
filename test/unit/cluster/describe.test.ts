import { expect, test } from 'vitest';
import { describeCluster, type ObservedCluster } from '../../../src/cluster/describe.ts';
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

const FOUND: ObservedCluster = {
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

test('a VPC of its own is named, the region’s is not', () => {
  expect(describeCluster(FOUND).spec).toMatchObject({ vpc: 'shop' });
  expect(describeCluster({ ...FOUND, vpc: undefined }).spec).not.toHaveProperty('vpc');
});

test('several droplets in no swarm are taken for workers', () => {
  const members = MEMBERS.filter(({ hostname }) => !/^w/.test(hostname));
  const { unsure } = describeCluster({ ...FOUND, entries: entries(members), managers: new Set(['w1']) });
  expect(unsure).toContain('w[1:2]: not in a swarm, described as workers');
});

test('the managers’ group has what most of them have; who differs is named', () => {
  const droplets = [
    droplet(1, 'm1', { size: 's-2vcpu-2gb', region: 'fra1', publicAddress: '192.0.2.1' }),
    droplet(2, 'm2', { image: 'debian-12-x64' }),
    droplet(3, 'm3', { image: 'debian-12-x64' }),
  ];
  const { spec, unsure } = describeCluster({ ...FOUND, droplets });
  expect(spec.groups[0]).toEqual({
    role: 'manager',
    names: ['m1', 'm2', 'm3'],
    size: 's-1vcpu-1gb',
    region: 'sgp1',
    image: 'debian-12-x64',
    labels: { zone: 'a' },
    availability: 'active',
  });
  expect(unsure).toEqual([
    'm1: its size is s-2vcpu-2gb, but the description says s-1vcpu-1gb',
    'm1: it is in fra1, but the description says sgp1',
    'm1: its image is docker-20-04, but the description says debian-12-x64',
    BARE,
  ]);
});

test('workers are a group where all is alike: size, image, region, labels in any order, availability, addresses', () => {
  const workers = [
    droplet(1, 'a1'),
    droplet(2, 'a2', { publicAddress: '192.0.2.2' }),
    droplet(3, 'b', { publicAddress: '192.0.2.3', size: 's-2vcpu-2gb' }),
    droplet(4, 'c', { publicAddress: '192.0.2.4', image: 'debian-12-x64' }),
    droplet(5, 'd', { publicAddress: '192.0.2.5', region: 'fra1' }),
    droplet(6, 'e', { publicAddress: '192.0.2.6' }),
    droplet(7, 'a3'),
    droplet(8, 'new', { privateAddress: undefined }),
  ];
  const members = [1, 2, 3, 4, 5, 7, 8].map((n) =>
    member(n, `n${n}`, { labels: n === 7 ? { y: '2', x: '1' } : { x: '1', y: '2' } }),
  );
  const found = {
    ...FOUND,
    droplets: workers,
    entries: entries([...members, member(6, 'e', { labels: { x: '2', y: '1' } })]),
  };
  const [managers, ...groups] = describeCluster(found).spec.groups;
  expect(managers).not.toHaveProperty('public');
  expect(managers).toMatchObject({ names: [] });
  const plain = {
    role: 'worker',
    size: 's-1vcpu-1gb',
    image: 'docker-20-04',
    region: 'sgp1',
    labels: { x: '1', y: '2' },
    availability: 'active',
  };
  expect(groups).toEqual([
    { ...plain, names: ['a1', 'a3'], public: false },
    // One that has no address at all yet says nothing of which it will have.
    { ...plain, names: ['a2', 'new'] },
    { ...plain, names: ['b'], size: 's-2vcpu-2gb' },
    { ...plain, names: ['c'], image: 'debian-12-x64' },
    { ...plain, names: ['d'], region: 'fra1' },
    { ...plain, names: ['e'], labels: { x: '2', y: '1' } },
  ]);
});

test('managers are private where all of them are', () => {
  const group = (...droplets: ObservedCluster['droplets']) => describeCluster({ ...FOUND, droplets }).spec.groups[0];
  const open = droplet(2, 'm2', { publicAddress: '192.0.2.2' });
  expect(group(droplet(1, 'm1'), droplet(2, 'm2'))).toMatchObject({ public: false });
  expect(group(droplet(1, 'm1'), open)).not.toHaveProperty('public');
  expect(group(droplet(1, 'm1', { publicAddress: '192.0.2.1' }), open)).not.toHaveProperty('public');
});

test('the data path port is the one UDP port of the nodes’ own that is another', () => {
  const own = firewallFor(describeCluster(FOUND).spec, HOLDS);
  const bare = firewallFor(
    { name: 'shop', firewall: { sshFrom: [], open: [] }, swarm: { defaultAddrPool: [] } },
    HOLDS,
  )!;
  expect(own).toBe(undefined);
  const nodes = (protocol: 'tcp' | 'udp', ports: string) => ({
    protocol,
    ports,
    peers: { addresses: [], tags: [HOLDS.tag] },
  });
  const swarm = (...inbound: (typeof bare.inbound)[number][]) =>
    describeCluster({ ...FOUND, firewall: { ...bare, inbound } }).spec.swarm;
  expect(swarm(nodes('udp', '4789'), nodes('udp', '7946'), nodes('tcp', '9999'))).toEqual({ defaultAddrPool: [] });
  expect(swarm(nodes('udp', '9999'))).toEqual({ defaultAddrPool: [], dataPathPort: 9999 });
  expect(swarm(nodes('udp', '100-9999'), nodes('udp', 'all'))).toEqual({ defaultAddrPool: [] });
  expect(swarm({ ...nodes('udp', '9999'), peers: { addresses: ['192.0.2.1'], tags: [] } })).toEqual({
    defaultAddrPool: [],
  });
});

test('a firewall that is as described raises no doubt', () => {
  const alike = FOUND.droplets.map((one) => ({ ...one, size: 's-1vcpu-1gb', publicAddress: `192.0.2.${one.id}` }));
  const found = { ...FOUND, droplets: alike };
  const spec = { ...describeCluster(found).spec, firewall: { sshFrom: ['203.0.113.0/24'], open: [] } };
  expect(describeCluster({ ...found, firewall: firewallFor(spec, HOLDS) }).unsure).toEqual([]);
});
