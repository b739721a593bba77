import { describe, expect, test } from 'vitest';
import {
  type ClusterFirewall,
  firewallFor,
  firewallName,
  guardedPorts,
  isBetweenNodes,
  isForEverybody,
  isOfAddresses,
  type Rule,
  rangeOf,
  specOf,
  swarmFirewall,
} from '../../../src/cluster/firewall.ts';
import { editFirewall, editSpec, type FirewallEdit, isOpen, isShut } from '../../../src/cluster/firewall-edit.ts';
import { fromOutside, sameFirewall, trafficChange } from '../../../src/cluster/firewall-traffic.ts';
import { readPort } from '../../../src/config/cluster/network.ts';
import { type FirewallSpec, PLAIN_FIREWALL } from '../../../src/config/cluster/types.ts';

const TAG = 'belt-cluster-shop';
const HOLDS = { tag: TAG, sshPort: 22 };
const WORLD = ['0.0.0.0/0', '::/0'];
const port = (text: string) => readPort(text)!;
const spec = (open: string[], sshFrom = WORLD): FirewallSpec => ({ sshFrom, open: open.map(port) });
const made = (firewall: FirewallSpec): ClusterFirewall =>
  firewallFor({ name: 'shop', firewall, swarm: { defaultAddrPool: [] } }, HOLDS)!;
const rule = (ports: string, ...addresses: string[]): Rule => ({
  protocol: 'tcp',
  ports,
  peers: { addresses, tags: [] },
});
const having = (...rules: Rule[]): ClusterFirewall => {
  const plain = made(PLAIN_FIREWALL);
  return { ...plain, inbound: [...plain.inbound, ...rules] };
};

test('without a word in the file: SSH from anywhere, the swarm between its nodes, all out', () => {
  const rules = (all: readonly Rule[]) =>
    all.map(({ protocol, ports, peers }) => `${protocol} ${ports} ${[...peers.addresses, ...peers.tags].join(' ')}`);
  const { name, tags, inbound, outbound } = made(PLAIN_FIREWALL);
  expect({ name, tags }).toEqual({ name: 'belt-shop', tags: [TAG] });
  expect(rules(inbound)).toEqual([
    'tcp 22 0.0.0.0/0 ::/0',
    `tcp 2377 ${TAG}`,
    `tcp 7946 ${TAG}`,
    `udp 7946 ${TAG}`,
    `udp 4789 ${TAG}`,
    `icmp 0 ${TAG}`,
  ]);
  expect(rules(outbound)).toEqual(
    ['tcp', 'udp', 'icmp'].map((each) => `${each} ${each === 'icmp' ? '0' : '1-65535'} 0.0.0.0/0 ::/0`),
  );
  expect(firewallFor({ name: 'shop', firewall: null, swarm: { defaultAddrPool: [] } }, HOLDS)).toBe(undefined);
});

test('clusters whose names are nearly alike have firewalls of their own', () => {
  expect(['a-b', 'a_b', 'a:b'].map(firewallName)).toEqual(['belt-a-b', 'belt-a.b', 'belt-a..b']);
});

describe('what a change opens and shuts', () => {
  test.each<[string, ClusterFirewall, ClusterFirewall, string[], string[]]>([
    ['nothing', made(spec(['80'])), made(spec(['80'])), [], []],
    [
      'ports',
      made(spec(['80', '8000-8010'])),
      made(spec(['443', '8005-8020', '53/udp'])),
      ['443/tcp from everybody', '8011-8020/tcp from everybody', '53/udp from everybody'],
      ['80/tcp from everybody', '8000-8004/tcp from everybody'],
    ],
    ['who may SSH', made(spec([])), made(spec([], ['203.0.113.0/24', '192.0.2.7/32'])), [], ['22/tcp from everybody']],
    [
      'a rule of somebody’s own',
      having(rule('5432', '192.0.2.1', '2001:db8::1')),
      made(spec([])),
      [],
      ['5432/tcp from 192.0.2.1/32, 2001:db8::1/128'],
    ],
    [
      'kinds that belt does not write',
      having({
        ...rule('80'),
        peers: { addresses: [], tags: ['web'], others: { load_balancer_uids: ['lb-1'], droplet_ids: [7] } },
      }),
      made(spec([])),
      [],
      ['80/tcp from droplets tagged web, load balancer lb-1, droplet 7'],
    ],
    [
      'what goes out, and the swarm itself',
      { ...made(spec([])), outbound: [], inbound: made(spec([])).inbound.slice(0, 1) },
      made(spec([])),
      [
        '2377/tcp from its nodes',
        '7946/tcp from its nodes',
        '7946/udp from its nodes',
        '4789/udp from its nodes',
        'icmp from its nodes',
        'every port/tcp to everybody',
        'every port/udp to everybody',
        'icmp to everybody',
      ],
      [],
    ],
  ])('%s', (_what, before, after, opens, shuts) => {
    expect(trafficChange(before, after, TAG)).toEqual({ opens, shuts });
    expect(sameFirewall(before, after)).toBe(opens.length + shuts.length === 0);
  });

  test('the same traffic in other words is the same', () => {
    const other: ClusterFirewall = {
      ...having(rule('80-85', ...WORLD), rule('86-90', '::/0', '0.0.0.0/0'), rule('90', '192.0.2.1')),
      outbound: [...made(spec([])).outbound.map((each) => ({ ...each, ports: '0' }))].reverse(),
    };
    expect(sameFirewall(made(spec(['80-90'])), other)).toBe(true);
    expect(sameFirewall(made(spec(['80-90'])), { ...other, tags: [] })).toBe(false);
  });

  test('fromOutside says whom it lets in', () => {
    expect(fromOutside(having(rule('80', '192.0.2.1')), TAG)).toEqual([
      '22/tcp from everybody',
      '80/tcp from 192.0.2.1/32',
    ]);
  });
});

describe('an edit', () => {
  const open = (...ports: string[]): FirewallEdit => ({ kind: 'open', ports: ports.map(port) });
  const close = (...ports: string[]): FirewallEdit => ({ kind: 'close', ports: ports.map(port) });
  const edited = (firewall: ClusterFirewall, edit: FirewallEdit) => editFirewall(firewall, edit, HOLDS);

  test.each<[string, FirewallSpec, FirewallEdit, FirewallSpec]>([
    ['open', spec(['80']), open('443', '53/udp'), spec(['80', '443', '53/udp'])],
    ['open what is open', spec(['80-90']), open('85'), spec(['80-90'])],
    ['close', spec(['80', '443']), close('80'), spec(['443'])],
    ['close a part', spec(['8000-8010']), close('8005'), spec(['8000-8004', '8006-8010'])],
    ['allow-ssh', spec(['80']), { kind: 'allow-ssh', from: ['192.0.2.0/24'] }, spec(['80'], ['192.0.2.0/24'])],
  ])('%s: the firewall that stands becomes what the description wants', (_what, before, edit, after) => {
    expect(editSpec(before, edit)).toEqual(after);
    expect(sameFirewall(edited(made(before), edit), made(after))).toBe(true);
    expect(edited(edited(made(before), edit), edit)).toEqual(edited(made(before), edit));
  });

  test('leaves rules alone that it is not about', () => {
    const own = {
      ...rule('5432', '192.0.2.1'),
      peers: { addresses: ['192.0.2.1'], tags: [], others: { droplet_ids: [7] } },
    };
    for (const edit of [open('80'), close('443'), { kind: 'allow-ssh' as const, from: ['192.0.2.0/24'] }]) {
      expect(edited(having(own), edit).inbound).toContainEqual(own);
    }
  });

  test('close shuts whatever lets anybody in from outside, and nothing between the nodes', () => {
    const balanced = { ...rule('80'), peers: { addresses: [], tags: [], others: { load_balancer_uids: ['lb-1'] } } };
    const inside = { ...rule('80'), peers: { addresses: [], tags: [TAG] } };
    const after = edited(having(rule('80', '192.0.2.1'), rule('1-65535', ...WORLD), balanced, inside), close('80'));
    expect(isShut(after.inbound, port('80'), TAG)).toBe(true);
    expect(after.inbound).toContainEqual(inside);
    expect(isShut(after.inbound, port('81'), TAG)).toBe(false);
  });

  test('allow-ssh leaves no other way in to SSH', () => {
    const after = edited(having(rule('20-30', ...WORLD)), { kind: 'allow-ssh', from: ['192.0.2.0/24'] });
    expect(fromOutside(after, TAG)).toEqual([
      '22/tcp from 192.0.2.0/24',
      '20-21/tcp from everybody',
      '23-30/tcp from everybody',
    ]);
  });

  test('a firewall that lost the cluster’s tag gets it back', () => {
    expect(edited({ ...made(spec([])), tags: ['web'] }, open('80')).tags).toEqual(['web', TAG]);
  });
});

/** `tcp 22 0.0.0.0/0 ::/0`. */
const shown = (rules: readonly Rule[]) =>
  rules.map(({ protocol, ports, peers }) => `${protocol} ${ports} ${[...peers.addresses, ...peers.tags].join(' ')}`);

test('the firewall of a swarm that belt did not describe shuts the swarm’s ports and those of an engine, and nothing else', () => {
  const { name, tags, inbound, outbound } = swarmFirewall('shop', { tag: TAG, ports: guardedPorts(7777) });
  const all = WORLD.join(' ');
  expect({ name, tags }).toEqual({ name: 'belt-shop', tags: [TAG] });
  expect(shown(inbound)).toEqual([
    `tcp 1-2374 ${all}`,
    `tcp 2378-7945 ${all}`,
    `tcp 7947-65535 ${all}`,
    `udp 1-7776 ${all}`,
    `udp 7778-7945 ${all}`,
    `udp 7947-65535 ${all}`,
    `icmp 0 ${all}`,
    `tcp 1-65535 ${TAG}`,
    `udp 1-65535 ${TAG}`,
    `icmp 0 ${TAG}`,
  ]);
  expect(shown(outbound)).toEqual([`tcp 1-65535 ${all}`, `udp 1-65535 ${all}`, `icmp 0 ${all}`]);
});

test('private nodes are reached by SSH from the others', () => {
  const group = { role: 'worker' as const, names: ['w1'], labels: {}, availability: 'active' as const };
  const inbound = (groups: object[]) =>
    shown(
      firewallFor({ name: 'shop', firewall: spec([]), swarm: { defaultAddrPool: [] }, groups: groups as never }, HOLDS)!
        .inbound,
    );
  const between = `tcp 22 ${TAG}`;
  expect(inbound([group, { ...group, public: true }])).not.toContain(between);
  expect(inbound([group, { ...group, public: false }])).toContain(between);
});

test('the description of a firewall: who may SSH, and what is open to everybody', () => {
  const nodes: Rule = { protocol: 'tcp', ports: '2377', peers: { addresses: [], tags: [TAG] } };
  const udp = (ports: string): Rule => ({ ...rule(ports, ...WORLD), protocol: 'udp' });
  const icmp: Rule = { ...rule('0', ...WORLD), protocol: 'icmp' };
  const of = (...inbound: Rule[]) => specOf({ name: 'x', tags: [], outbound: [], inbound }, HOLDS);
  expect(of(nodes, udp('22'), rule('80', ...WORLD), rule('22', '192.0.2.0/24'), rule('22', ...WORLD), icmp)).toEqual({
    sshFrom: ['192.0.2.0/24'],
    open: [
      { first: 22, last: 22, protocol: 'udp' },
      { first: 80, last: 80, protocol: 'tcp' },
      { first: 22, last: 22, protocol: 'tcp' },
    ],
  });
  expect(of(rule('22', ...WORLD), rule('443', '192.0.2.0/24'))).toEqual({ sshFrom: WORLD, open: [] });
  expect(of(nodes)).toEqual({ sshFrom: WORLD, open: [] });
});

test.each([
  ['0', 1, 65_535],
  ['all', 1, 65_535],
  ['80', 80, 80],
  ['8000-8010', 8000, 8010],
])('ports %s are %i to %i', (ports, first, last) => expect(rangeOf({ ports })).toEqual({ first, last }));

describe('whom a rule lets in', () => {
  const of = (peers: Partial<Rule['peers']>): Rule => ({
    protocol: 'tcp',
    ports: '80',
    peers: { addresses: [], tags: [], ...peers },
  });
  const asked = (one: Rule) => [isBetweenNodes(one, TAG), isOfAddresses(one), isForEverybody(one)];
  test.each<[string, Partial<Rule['peers']>, boolean, boolean, boolean]>([
    ['the nodes', { tags: [TAG] }, true, false, false],
    ['the nodes and others', { tags: [TAG, 'web'] }, false, false, false],
    ['others', { tags: ['web'] }, false, false, false],
    ['the nodes and an address', { tags: [TAG], addresses: ['192.0.2.1'] }, false, false, false],
    ['a droplet', { others: { droplet_ids: [7] } }, false, false, false],
    ['the nodes and a droplet', { tags: [TAG], others: { droplet_ids: [7] } }, false, false, false],
    ['the nodes; lists that are empty', { tags: [TAG], others: { droplet_ids: [] } }, true, false, false],
    ['addresses', { addresses: ['192.0.2.1'] }, false, true, false],
    ['addresses; lists that are empty', { addresses: ['192.0.2.1'], others: { droplet_ids: [] } }, false, true, false],
    ['all of IPv4', { addresses: ['0.0.0.0/0'] }, false, true, false],
    ['everybody', { addresses: [...WORLD, '192.0.2.1'] }, false, true, true],
  ])('%s', (_what, peers, between, addresses, everybody) => {
    expect(asked(of(peers))).toEqual([between, addresses, everybody]);
  });
});

describe('opening a port in a firewall that stands', () => {
  const opened = (...inbound: Rule[]) =>
    shown(editFirewall({ ...made(spec([])), inbound }, { kind: 'open', ports: [port('80-90')] }, HOLDS).inbound);
  const all = WORLD.join(' ');
  test('takes the place of rules for fewer people or ports, of the same protocol', () => {
    expect(opened(rule('80', '192.0.2.1'), rule('85-90', ...WORLD))).toEqual([`tcp 80-90 ${all}`]);
    const kept = [rule('79-80', '192.0.2.1'), { ...rule('80', '192.0.2.1'), protocol: 'udp' as const }];
    expect(opened(...kept)).toEqual(['tcp 79-80 192.0.2.1', 'udp 80 192.0.2.1', `tcp 80-90 ${all}`]);
  });
  test('changes nothing where it is open, in one rule or in two', () => {
    expect(opened(rule('80-90', ...WORLD))).toEqual([`tcp 80-90 ${all}`]);
    expect(opened(rule('1-85', ...WORLD), rule('86-100', ...WORLD))).toEqual([`tcp 1-85 ${all}`, `tcp 86-100 ${all}`]);
  });
  test('is asked by protocol, and for everybody', () => {
    const rules = [{ ...rule('80', ...WORLD), protocol: 'udp' as const }, rule('80', '192.0.2.1')];
    expect([isOpen(rules, port('80')), isOpen(rules, port('80/udp'))]).toEqual([false, true]);
    expect([isShut(rules.slice(0, 1), port('80'), TAG), isShut(rules, port('80'), TAG)]).toEqual([true, false]);
  });
});
