import { describe, expect, test } from 'vitest';
import type { KnownDroplet, KnownMember, Standing } from '../../../src/cluster/known.ts';
import {
  type Actual,
  type ComparisonOptions,
  isSettled,
  type NodePlan,
  planCluster,
} from '../../../src/cluster/plan.ts';
import { countChanges, sameSteps, stepsOf } from '../../../src/cluster/steps.ts';
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

/** Droplets and members by name: each droplet is the member of its name, unless `standings` says otherwise. */
interface Scene {
  droplets?: KnownDroplet[];
  members?: KnownMember[];
  standings?: Record<string, Standing>;
  /** Droplets that are gone. */
  without?: string[];
}

/** The cluster that is right, with some of it replaced. */
function but({ droplets = [], members = [], standings = {}, without = [] }: Scene = {}): Actual {
  const gone = new Set(without);
  const all = [
    ...ALL.map((name) => droplets.find((one) => one.name === name) ?? droplet(name)),
    ...droplets.filter(({ name }) => !ALL.includes(name)),
  ].filter(({ name }) => !gone.has(name));
  const standingOf = ({ name }: KnownDroplet): Standing =>
    standings[name] ?? { where: 'in', member: members.find(({ hostname }) => hostname === name) ?? member(name) };
  return { droplets: all, standings: new Map(all.map((one) => [one.id, standingOf(one)])), swarm: {} };
}

const RIGHT = but();
const NOTHING: Actual = { droplets: [], standings: new Map(), swarm: 'none' };

const planOf = (actual: Actual, name: string, options?: ComparisonOptions): NodePlan =>
  planCluster(SPEC, actual, options).nodes.find((node) => node.name === name)!;

/** What changes, by name: droplets to make as `make`. */
function changes(actual: Actual): Record<string, Partial<NodePlan> & { make?: true }> {
  const { nodes } = planCluster(SPEC, actual);
  return Object.fromEntries(
    nodes
      .filter((node) => !isSettled(node))
      .map(({ name, create, leave, swarm, labels, availability }) => [
        name,
        {
          ...(create && { make: true as const }),
          ...(leave && { leave }),
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
  expect({
    extra,
    stale,
    told: nodes.flatMap(({ drift, trouble }) => [...drift, ...(trouble ? [trouble] : [])]),
  }).toEqual({
    extra: [],
    stale: [],
    told: [],
  });
});

test('from nothing: all are made, the first manager starts the swarm', () => {
  expect(changes(NOTHING)).toEqual({
    m1: { make: true, swarm: 'init' },
    m2: { make: true, swarm: 'join' },
    m3: { make: true, swarm: 'join' },
    w1: { make: true, swarm: 'join', labels: { tier: 'web' } },
    w2: { make: true, swarm: 'join', labels: { tier: 'web' } },
    db: { make: true, swarm: 'join', availability: 'drain' },
  });
});

test('a manager that stands already starts the swarm', () => {
  const actual: Actual = { ...NOTHING, droplets: [droplet('m3'), droplet('w1')] };
  expect(changes(actual)).toMatchObject({
    m1: { make: true, swarm: 'join' },
    m3: { swarm: 'init' },
    w1: { swarm: 'join' },
  });
});

describe('one thing is not right', () => {
  test.each<[string, Actual, object]>([
    ['a droplet is gone', but({ without: ['w2'] }), { w2: { make: true, swarm: 'join', labels: { tier: 'web' } } }],
    ['a node is no member', but({ standings: { m2: { where: 'out' } } }), { m2: { swarm: 'join' } }],
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

describe('what left comes back', () => {
  test.each<[string, Standing, object]>([
    ['one that left', { where: 'out' }, { w1: { swarm: 'join', labels: { tier: 'web' } } }],
    [
      'one whose entry was removed',
      { where: 'expelled' },
      { w1: { leave: true, swarm: 'join', labels: { tier: 'web' } } },
    ],
    ['one that may still boot', { where: 'silent' }, { w1: { swarm: 'join', labels: { tier: 'web' } } }],
  ])('%s', (_what, standing, expected) => expect(changes(but({ standings: { w1: standing } }))).toEqual(expected));

  test('one in another swarm only by force', () => {
    const actual = but({ standings: { w1: { where: 'foreign' } } });
    expect(changes(actual)).toEqual({});
    expect(planOf(actual, 'w1').trouble).toEqual({
      text: 'is in another swarm',
      hint: 'move it to this one: belt up --force',
      passing: false,
    });
    const forced = planOf(actual, 'w1', { force: true });
    expect({ leave: forced.leave, swarm: forced.swarm, trouble: forced.trouble }).toEqual({
      leave: true,
      swarm: 'join',
      trouble: undefined,
    });
  });
});

describe('what does not work is told, with what helps, and nothing is done about it', () => {
  const down = member('w2', { state: 'down' });
  test.each<[string, Standing, string, string]>([
    [
      'off',
      { where: 'off', member: down },
      'is powered off',
      'power it on in the control panel, or recreate it (its data is lost): belt up --replace w2',
    ],
    [
      'off, never joined',
      { where: 'off' },
      'is powered off',
      'power it on in the control panel, or recreate it (its data is lost): belt up --replace w2',
    ],
    [
      'down and dumb',
      { where: 'silent', member: down, why: 'connection refused' },
      'is down in the swarm but does not answer (connection refused)',
      'power-cycle it in the control panel, or recreate it (its data is lost): belt up --replace w2',
    ],
    ['down', { where: 'in', member: down }, 'is down in the swarm', 'see: belt --host w2 docker info'],
    [
      'unknown',
      { where: 'in', member: member('w2', { state: 'unknown' }) },
      'is unknown in the swarm',
      'see: belt --host w2 docker info',
    ],
    [
      'dumb',
      { where: 'silent', member: member('w2'), why: 'no route' },
      'does not answer (no route)',
      'power-cycle it in the control panel, or recreate it (its data is lost): belt up --replace w2',
    ],
    [
      'behind a jump host that fails',
      { where: 'silent', member: member('w2'), why: 'the jump host b: no', jump: { hint: 'mend b' } },
      'cannot be reached (the jump host b: no)',
      'mend b',
    ],
    [
      'behind a jump host that does not answer, and down',
      { where: 'silent', member: down, why: 'the jump host b does not answer (no route)', jump: { hint: undefined } },
      'is down in the swarm and cannot be reached (the jump host b does not answer (no route))',
      'bring the jump host back, or have ssh_jump in .belt.yaml name another',
    ],
    ['untrusted', { where: 'untrusted' }, 'has a host key that is not known here', 'belt trust w2'],
    [
      'a copy',
      { where: 'in', member: member('w2'), clones: ['w1'] },
      'and w1 claim to be the same node of the swarm',
      "one is a copy of the other's disk; make the copy leave the swarm, then run up again: belt --host w2 docker swarm leave --force",
    ],
  ])('%s', (_what, standing, text, hint) => {
    const actual = but({ standings: { w2: standing } });
    expect(changes(actual)).toEqual({});
    expect(planOf(actual, 'w2').trouble).toMatchObject({ text, hint });
  });

  test('a manager that the others do not reach', () => {
    const actual = but({ members: [member('m2', { reachability: 'unreachable' })] });
    expect(planOf(actual, 'm2').trouble).toMatchObject({
      text: 'is a manager that the others cannot reach (unreachable)',
    });
  });

  test('a node whose host key is not known here and that the swarm sees is right', () => {
    expect(
      planOf(but({ standings: { w2: { where: 'untrusted', member: member('w2') } } }), 'w2').trouble,
    ).toBeUndefined();
  });

  test('a droplet that lost the tag of the cluster is not created a second time', () => {
    const actual = { ...but({ without: ['m2'] }), strays: new Map([['m2', 4711]]) };
    expect(changes(actual)).toEqual({});
    expect(planCluster(SPEC, actual, { tag: 'belt-cluster-shop' }).nodes[1]!.trouble).toMatchObject({
      text: 'exists (droplet 4711) without the tag belt-cluster-shop',
    });
  });
});

test('where nobody can be asked, the nodes that are there are unknown and only what is missing is created', () => {
  const actual: Actual = {
    droplets: [droplet('m1'), droplet('w1')],
    standings: new Map([[droplet('m1').id, { where: 'silent' }]]),
    swarm: 'unknown',
  };
  const { nodes } = planCluster(SPEC, actual);
  expect(nodes.flatMap(({ name, unknown }) => (unknown ? [[name, unknown]] : []))).toEqual([
    ['m1', 'not ready yet'],
    ['w1', 'swarm not known'],
  ]);
  expect(changes(actual)).toMatchObject({ m2: { make: true, swarm: 'join' } });
  expect(Object.keys(changes(actual))).toEqual(['m2', 'm3', 'w2', 'db']);
});

test('a manager that is off or elsewhere does not start the swarm', () => {
  const actual: Actual = {
    droplets: [droplet('m1', { status: 'off' }), droplet('m2'), droplet('m3')],
    standings: new Map([
      [droplet('m1').id, { where: 'off' }],
      [droplet('m2').id, { where: 'foreign' }],
    ]),
    swarm: 'none',
  };
  expect(changes(actual)).toMatchObject({ m3: { swarm: 'init' }, w1: { swarm: 'join' } });
});

describe('what only a new droplet would mend', () => {
  const drift = (actual: Actual, name: string) => planOf(actual, name).drift.map(({ text, hint }) => [text, hint]);

  test('its size, region and image', () => {
    const other = droplet('w1', { size: 's-8vcpu-16gb' });
    expect(drift(but({ droplets: [other] }), 'w1')).toEqual([
      [
        'has the size s-8vcpu-16gb, but the file says s-2vcpu-2gb',
        'recreate it (its data is lost): belt up --replace w1',
      ],
    ]);
  });

  test('an image by its slug is not compared with one by its id', () => {
    const group = { ...SPEC.groups[0]!, image: '18153887' };
    const spec = { ...SPEC, groups: [group, ...SPEC.groups.slice(1)] };
    const told = (image: string) =>
      planCluster(spec, but({ droplets: [droplet('m1', { image })] })).nodes[0]!.drift.map(({ short }) => short);
    expect(told('ubuntu-24-04-x64')).toEqual([]);
    expect(told('18153887')).toEqual([]);
    expect(told('4711')).toEqual(['differs in image']);
  });

  test('droplets that the file does not name are extra', () => {
    const other = droplet('m1', { id: 7, name: 'other', privateAddress: '10.0.0.77' });
    expect(planCluster(SPEC, but({ droplets: [other] })).extra).toEqual([
      {
        ...other,
        drift: {
          text: 'is not in the file (droplet 7)',
          short: 'is not in the file',
          hint: 'remove it: belt up --prune',
        },
      },
    ]);
    const foreign = planCluster(SPEC, but({ droplets: [{ ...other, belts: false }] })).extra[0]!;
    expect(foreign.drift.hint).toBe("belt did not create it: remove the cluster's tag from it in the control panel");
  });

  test('its engine, where that is known', () => {
    const engine = (version: string, labels = {}) => ({ engine: { version, labels } });
    const told = (versions: string, known: Partial<KnownMember>) =>
      planCluster(
        {
          ...SPEC,
          engine: { version: versions, labels: { disk: 'ssd', zone: 'a' }, registryMirrors: [], logOpts: {} },
        },
        but({ members: [member('w2', known)] }),
      )
        .nodes.find(({ name }) => name === 'w2')!
        .drift.map(({ text }) => text);
    const right = { disk: 'ssd', zone: 'a', own: '1' };
    expect(told('28', engine('28.2.2', right))).toEqual([]);
    expect(told('28.2.2', engine('28.2.2', right))).toEqual([]);
    expect(told('20.10', engine('20.10.24+dfsg1', right))).toEqual([]);
    expect(told('28', engine('', right))).toEqual([]);
    expect(told('28', {})).toEqual([]);
    expect(told('2', engine('28.2.2', right))).toEqual(['has the engine 28.2.2, but the file says 2']);
    expect(told('28', engine('27.5.1', { disk: 'ssd', zone: 'b' }))).toEqual([
      'has the engine 27.5.1, but the file says 28',
      'is missing the engine label zone=a',
    ]);
    expect(told('28', engine('28.0.0'))).toEqual(['is missing the engine labels disk=ssd, zone=a']);
  });
});

test('a manager that is locked is to be unlocked, and not told as one that is down', () => {
  const actual = but({ standings: { m2: { where: 'locked', member: member('m2', { state: 'down' }) } } });
  const { nodes } = planCluster(SPEC, actual);
  expect(nodes.filter((node) => !isSettled(node)).map(({ name, unlock, trouble }) => [name, unlock, trouble])).toEqual([
    ['m2', true, undefined],
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
  expect(planCluster(spec, { ...RIGHT, swarm: { autolock: is } }).autolock).toBe(becomes);
  expect(planCluster(spec, NOTHING).autolock).toBeUndefined();
});

describe('the steps of a plan', () => {
  const NONE = { removals: [] };
  const steps = (actual: Actual, removals: { id: number; name: string }[] = []) =>
    stepsOf(planCluster(SPEC, actual), { removals });

  test('are in the order in which they are carried out', () => {
    const actual: Actual = {
      ...but({
        without: ['w1'],
        members: [member('m3', { role: 'worker' })],
        standings: { w2: { where: 'expelled' } },
      }),
      stale: [member('w1', { id: 'old' })],
    };
    expect(
      steps(actual, [
        { id: 7, name: 'other' },
        { id: 8, name: 'w1' },
      ]),
    ).toEqual([
      { kind: 'remove', node: 'other', droplet: 7, recreate: false },
      { kind: 'remove', node: 'w1', droplet: 8, recreate: true },
      { kind: 'change', node: 'm3', role: 'manager', labels: {} },
      { kind: 'create', node: 'w1' },
      { kind: 'join', node: 'w1', role: 'worker' },
      { kind: 'change', node: 'w1', labels: { tier: 'web' } },
      { kind: 'leave', node: 'w2' },
      { kind: 'join', node: 'w2', role: 'worker' },
      { kind: 'change', node: 'w2', labels: { tier: 'web' } },
      { kind: 'forget', entry: 'old', hostname: 'w1' },
    ]);
  });

  test('all that is done to one node is one change', () => {
    expect(countChanges(steps(but({ without: ['w1', 'w2'] })))).toBe(2);
  });

  test('are other ones when another run did some of them', () => {
    const before = steps(but({ without: ['w1', 'w2'] }));
    expect(sameSteps(before, steps(but({ without: ['w1', 'w2'] })))).toBe(true);
    expect(sameSteps(before, steps(but({ without: ['w2'] })))).toBe(false);
    expect(stepsOf(planCluster(SPEC, RIGHT), NONE)).toEqual([]);
  });
});
