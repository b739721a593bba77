import { describe, expect, test } from 'vitest';
import {
  type Actual,
  isRight,
  type KnownDroplet,
  type KnownMember,
  type NodePlan,
  planCluster,
} from '../../../src/cluster/plan.ts';
import { readCluster } from '../../../src/config/cluster/read.ts';

const SPEC = readCluster({
  shown: '.belt.yaml',
  text: `cluster:
  managers: {nodes: "m[1:3]", size: s-1vcpu-1gb}
  workers:
    - {nodes: "w[1:2]", size: s-2vcpu-2gb, labels: {tier: web}}
    - {nodes: db, availability: drain}
`,
}).spec;

const ALL = ['m1', 'm2', 'm3', 'w1', 'w2', 'db'];

const droplet = (name: string, about: Partial<KnownDroplet> = {}): KnownDroplet => ({
  id: 100 + ALL.indexOf(name),
  name,
  size: name.startsWith('m') ? 's-1vcpu-1gb' : 's-2vcpu-2gb',
  region: 'sgp1',
  privateAddress: `10.0.0.${10 + ALL.indexOf(name)}`,
  ...about,
});

const member = (name: string, about: Partial<KnownMember> = {}): KnownMember => ({
  id: `id-${name}`,
  hostname: name,
  role: name.startsWith('m') ? 'manager' : 'worker',
  availability: name === 'db' ? 'drain' : 'active',
  state: 'ready',
  address: `10.0.0.${10 + ALL.indexOf(name)}`,
  labels: name.startsWith('w') ? { tier: 'web' } : {},
  ...about,
});

const RIGHT: Actual = { droplets: ALL.map((name) => droplet(name)), members: ALL.map((name) => member(name)) };

/** The cluster that is right, with some of it replaced. */
const but = (changes: { droplets?: KnownDroplet[]; members?: KnownMember[]; without?: string[] }): Actual => {
  const mix = <T>(all: readonly T[], own: readonly T[], nameOf: (one: T) => string) => [
    ...all.filter((one) => !own.some((other) => nameOf(other) === nameOf(one))),
    ...own,
  ];
  const gone = new Set(changes.without);
  return {
    droplets: mix(RIGHT.droplets, changes.droplets ?? [], ({ name }) => name).filter(({ name }) => !gone.has(name)),
    members: mix(RIGHT.members!, changes.members ?? [], ({ hostname }) => hostname),
  };
};

/** What changes, by name: droplets to make as `make`. */
function changes(actual: Actual): Record<string, Partial<NodePlan> & { make?: true }> {
  const { nodes } = planCluster(SPEC, actual);
  return Object.fromEntries(
    nodes
      .filter((node) => !isRight(node))
      .map(({ name, droplet: known, swarm, labels, availability }) => [
        name,
        {
          ...(known === undefined && { make: true as const }),
          ...(swarm && { swarm }),
          ...(Object.keys(labels).length > 0 && { labels }),
          ...(availability && { availability }),
        },
      ]),
  );
}

test('a cluster that is right needs nothing', () => {
  expect(changes(RIGHT)).toEqual({});
  const { extra, stale, nodes } = planCluster(SPEC, RIGHT);
  expect({ extra, stale, differs: nodes.flatMap(({ differs }) => differs) }).toEqual({
    extra: [],
    stale: [],
    differs: [],
  });
});

test('from nothing: all are made, the first manager starts the swarm', () => {
  expect(changes({ droplets: [], members: undefined })).toEqual({
    m1: { make: true, swarm: 'init' },
    m2: { make: true, swarm: 'join' },
    m3: { make: true, swarm: 'join' },
    w1: { make: true, swarm: 'join', labels: { tier: 'web' } },
    w2: { make: true, swarm: 'join', labels: { tier: 'web' } },
    db: { make: true, swarm: 'join', availability: 'drain' },
  });
});

test('a manager that stands already starts the swarm', () => {
  const actual = { droplets: [droplet('m3'), droplet('w1')], members: undefined };
  expect(changes(actual)).toMatchObject({
    m1: { make: true, swarm: 'join' },
    m3: { swarm: 'init' },
    w1: { swarm: 'join' },
  });
});

describe('one thing is not right', () => {
  test.each<[string, Actual, object]>([
    ['a droplet is gone', but({ without: ['w2'] }), { w2: { make: true, swarm: 'join', labels: { tier: 'web' } } }],
    [
      'a node is no member',
      { ...RIGHT, members: RIGHT.members!.filter(({ hostname }) => hostname !== 'm2') },
      { m2: { swarm: 'join' } },
    ],
    ['a manager is a worker', but({ members: [member('m3', { role: 'worker' })] }), { m3: { swarm: 'promote' } }],
    ['a worker is a manager', but({ members: [member('db', { role: 'manager' })] }), { db: { swarm: 'demote' } }],
    [
      'a label is another',
      but({ members: [member('w1', { labels: { tier: 'db', own: 'x' } })] }),
      { w1: { labels: { tier: 'web' } } },
    ],
    [
      'one that should be drained is active',
      but({ members: [member('db', { availability: 'active' })] }),
      { db: { availability: 'drain' } },
    ],
    [
      'one that should be active is drained',
      but({ members: [member('m1', { availability: 'drain' })] }),
      { m1: { availability: 'active' } },
    ],
  ])('%s', (_what, actual, expected) => expect(changes(actual)).toEqual(expected));
});

test('a droplet that took over a name joins; the entry of the one before it is stale', () => {
  const actual = but({
    droplets: [droplet('w1', { id: 999, privateAddress: '10.0.0.99' })],
    members: [member('w1', { state: 'down' })],
  });
  expect(changes(actual)).toEqual({ w1: { swarm: 'join', labels: { tier: 'web' } } });
  expect(planCluster(SPEC, actual).stale.map(({ id }) => id)).toEqual(['id-w1']);
});

test('the entry of a droplet that is gone is stale before the swarm sees it down; a stranger is left alone', () => {
  const stranger = member('m1', { id: 'id-x', hostname: 'elsewhere', address: '10.9.9.9' });
  const actual = { ...but({ without: ['w2'] }), members: [...RIGHT.members!, stranger] };
  expect(planCluster(SPEC, actual).stale.map(({ id }) => id)).toEqual(['id-w2']);
});

test('a node that left and joined again has an entry that is ready and one that is stale', () => {
  const old = member('w1', { id: 'id-old', state: 'down' });
  const actual = { ...RIGHT, members: [old, ...RIGHT.members!] };
  expect(changes(actual)).toEqual({});
  expect(planCluster(SPEC, actual).stale).toEqual([old]);
});

test('what belt does not change is told: sizes, regions, nodes that are down', () => {
  const actual = but({
    droplets: [droplet('w1', { size: 's-8vcpu-16gb' })],
    members: [member('w2', { state: 'down' })],
  });
  const { nodes, stale } = planCluster(SPEC, actual);
  expect(nodes.filter(({ differs }) => differs.length > 0).map(({ name, differs }) => [name, differs])).toEqual([
    ['w1', ['its size is s-8vcpu-16gb, and the file says s-2vcpu-2gb']],
    ['w2', ['it is down in the swarm']],
  ]);
  expect(stale).toEqual([]);
});

test('engines that are not as the file says are told, where they are known', () => {
  const engine = (version: string, labels = {}) => ({ engine: { version, labels } });
  const told = (versions: string, known: Partial<KnownMember>) =>
    planCluster(
      { ...SPEC, engine: { version: versions, labels: { disk: 'ssd', zone: 'a' }, registryMirrors: [], logOpts: {} } },
      but({ members: [member('w2', known)] }),
    ).nodes.find(({ name }) => name === 'w2')!.differs;
  const right = { disk: 'ssd', zone: 'a', own: '1' };
  expect(told('28', engine('28.2.2', right))).toEqual([]);
  expect(told('28.2.2', engine('28.2.2', right))).toEqual([]);
  expect(told('20.10', engine('20.10.24+dfsg1', right))).toEqual([]);
  expect(told('28', engine('', right))).toEqual([]);
  expect(told('28', {})).toEqual([]);
  expect(told('2', engine('28.2.2', right))).toEqual([
    'its engine is 28.2.2, and the file says 2; it is left as it is',
  ]);
  expect(told('28', engine('27.5.1', { disk: 'ssd', zone: 'b' }))).toEqual([
    'its engine is 27.5.1, and the file says 28; it is left as it is',
    'its engine lacks the label zone=a of the file; it is left as it is',
  ]);
  expect(told('28', engine('28.0.0'))).toEqual([
    'its engine lacks the labels disk=ssd, zone=a of the file; it is left as it is',
  ]);
});

test('a manager that is locked is to be unlocked, and not told as one that is down', () => {
  const actual = {
    ...but({ members: [member('m2', { state: 'down' })] }),
    locked: new Set([droplet('m2').id]),
    autolock: true,
  };
  const { nodes } = planCluster(SPEC, actual);
  expect(nodes.filter((node) => !isRight(node)).map(({ name, unlock, differs }) => [name, unlock, differs])).toEqual([
    ['m2', true, []],
  ]);
});

test.each([
  ['the file says nothing', undefined, true, undefined],
  ['it is so', true, true, undefined],
  ['it is off', true, false, true],
  ['it is on', false, true, false],
  ['nobody knows how it is', true, undefined, undefined],
])('autolock, when %s', (_, wanted, is, becomes) => {
  const spec = { ...SPEC, swarm: { ...SPEC.swarm, ...(wanted !== undefined && { autolock: wanted }) } };
  expect(planCluster(spec, { ...RIGHT, autolock: is }).autolock).toBe(becomes);
  expect(planCluster(spec, { droplets: [], members: undefined, autolock: is }).autolock).toBeUndefined();
});

test('droplets that the file does not name are extra', () => {
  const other = droplet('m1', { id: 7, name: 'other', privateAddress: '10.0.0.77' });
  expect(planCluster(SPEC, { ...RIGHT, droplets: [...RIGHT.droplets, other] }).extra).toEqual([other]);
});
