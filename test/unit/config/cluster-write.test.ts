import { describe, expect, test } from 'vitest';
import { readCluster } from '../../../src/config/cluster/read.ts';
import {
  type ClusterChange,
  changed,
  clusterPart,
  clusterText,
  emptyCluster,
} from '../../../src/config/cluster/write.ts';
import { firewallLine } from '../../../src/config/cluster/write-firewall.ts';

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');

const change = (text: string, what: ClusterChange) => changed({ text, shown: 'shop.yaml' }, what);

const FLOW = `cluster:
  name: shop
  # few, and small
  managers: {nodes: "m[1:3]", size: s-1vcpu-1gb}
  workers: {nodes: "w[1:2]"} # one group, alone
  firewall: {open: [80]}
`;

test('what is not changed stays as it was written', () => {
  const text = change(FLOW, { workerSize: 's-2vcpu-2gb', labels: { tier: 'web' }, region: 'fra1' });
  expect(text).toContain('# few, and small');
  expect(text).toContain('# one group, alone');
  const { spec } = readCluster({ text, shown: 'shop.yaml' });
  expect(spec.groups).toMatchObject([
    { names: ['m1', 'm2', 'm3'], size: 's-1vcpu-1gb', region: 'fra1' },
    { names: ['w1', 'w2'], size: 's-2vcpu-2gb', region: 'fra1', labels: { tier: 'web' } },
  ]);
  expect(spec.firewall?.open).toEqual([{ first: 80, last: 80, protocol: 'tcp' }]);
});

test('a label is text, whatever YAML would make of it', () => {
  const text = change(FLOW, { labels: { on: 'true', n: '010', empty: '' } });
  expect(readCluster({ text, shown: '' }).spec.groups[1]?.labels).toEqual({ on: 'true', n: '010', empty: '' });
});

test('workers come and go', () => {
  const made = change(emptyCluster('shop'), { managers: ['m1'], workers: ['w[1:2]', 'db'] });
  expect(readCluster({ text: made, shown: '' }).spec.groups[1]?.names).toEqual(['w1', 'w2', 'db']);
  const gone = change(made, { workers: [], region: 'fra1' });
  expect(readCluster({ text: gone, shown: '' }).spec.groups.map(({ role }) => role)).toEqual(['manager']);
});

test('of several groups of workers the words cannot choose one', () => {
  const text = 'cluster: {managers: {nodes: m1}, workers: [{nodes: w1}, {nodes: w2}]}\n';
  expect(() => change(text, { workerSize: 's-1vcpu-1gb' })).toThrow('shop.yaml has 2 groups of workers');
  const { groups } = readCluster({ text: change(text, { image: '42' }), shown: '' }).spec;
  expect(groups.map(({ image }) => image)).toEqual(['42', '42', '42']);
});

test.each([
  {},
  { autolock: true },
  { autolock: false },
  { default_addr_pool: ['10.20.0.0/16'], data_path_port: 7777, autolock: true },
])('what is said of the swarm reads as it was written: %j', (swarm) => {
  const { spec } = readCluster({
    text: JSON.stringify({ cluster: { managers: { nodes: 'm1' }, swarm } }),
    shown: '',
  });
  expect(readCluster({ text: clusterText(spec), shown: '' })).toEqual({ spec, warnings: [] });
});

test('the cluster part of a file, alone', () => {
  expect(clusterPart({ text: `digitalocean: {access_token: secret}\n${FLOW}` })).not.toContain('secret');
  expect(clusterPart({ text: FLOW })).toContain('name: shop');
});

test('an alias in the cluster part to what is outside of it is written out', () => {
  const text = 'x: &size s-1vcpu-1gb\ncluster: {managers: {nodes: m1, size: *size}}\n';
  expect(readCluster({ text: clusterPart({ text }), shown: '' }).spec.groups[0]?.size).toBe('s-1vcpu-1gb');
});

test('a description that is written reads back to the same spec, whatever is in it', () => {
  const base = readCluster({ text: FLOW, shown: '' }).spec;
  const ports = [
    { first: 80, last: 80, protocol: 'tcp' as const },
    { first: 53, last: 53, protocol: 'udp' as const },
    { first: 8000, last: 8010, protocol: 'tcp' as const },
  ];
  const engine = {
    version: '28',
    installUrl: 'https://get.docker.com',
    labels: { tier: 'web', on: 'true' },
    registryMirrors: ['https://mirror.example.com'],
    logDriver: 'local',
    logOpts: { 'max-size': '10m' },
  };
  for (const spec of [
    { ...base, firewall: null },
    { ...base, firewall: { sshFrom: ['0.0.0.0/0', '::/0'], open: [] } },
    { ...base, firewall: { sshFrom: ['203.0.113.0/24', '2001:db8::/32'], open: ports } },
    { ...base, engine },
    { ...base, engine: { ...engine, plugins: [], automaticUpgrades: false }, swap: 2048 },
    { ...base, engine: { ...engine, plugins: ['buildx' as const] }, swap: false as const },
    { ...base, engine: { labels: {}, registryMirrors: [], logOpts: {} } },
    { ...base, swarm: { defaultAddrPool: ['10.20.0.0/16'], dataPathPort: 7777 } },
  ]) {
    expect(readCluster({ text: clusterText(spec), shown: '' })).toEqual({ spec, warnings: [] });
  }
  expect(clusterText({ ...base, firewall: null })).toContain('  firewall: false\n');
});

describe('the firewall', () => {
  const port = (first: number, protocol: 'tcp' | 'udp' = 'tcp') => ({ first, last: first, protocol });
  const WORLD = ['0.0.0.0/0', '::/0'];

  test('keeps its comments, and what is not changed', () => {
    const text = lines(
      'cluster:',
      '  managers: { nodes: m1 }',
      '  firewall:',
      '    ssh_from: [ 192.0.2.7 ] # home',
      '    open:',
      '      - 80 # the shop',
      '      - 8080',
      '      - 53/udp # names',
    );
    const firewall = { sshFrom: ['192.0.2.7/32'], open: [port(80), port(53, 'udp'), port(443)] };
    const after = change(text, { firewall });
    expect(after).toBe(text.replace('      - 8080\n', '').replace('# names\n', '# names\n      - 443\n'));
    expect(readCluster({ text: after, shown: '' }).spec.firewall).toEqual(firewall);
  });

  test.each([
    ['where the file says nothing', '', { sshFrom: WORLD, open: [port(80)] }],
    ['where it wants none', 'firewall: false', { sshFrom: ['192.0.2.0/24'], open: [] }],
    ['where it has nothing behind it', 'firewall:', { sshFrom: WORLD, open: [port(80)] }],
    ['one port alone', 'firewall: {open: 80}', { sshFrom: WORLD, open: [port(80), port(443)] }],
    ['the last one shut', 'firewall: {open: [80]}', { sshFrom: WORLD, open: [] }],
    ['SSH from anywhere again', 'firewall: {ssh_from: 192.0.2.7, open: [80]}', { sshFrom: WORLD, open: [port(80)] }],
  ])('%s', (_what, line, firewall) => {
    const text = change(`cluster:\n  managers: {nodes: m1}\n  ${line}\n`, { firewall });
    expect(readCluster({ text, shown: '' }).spec.firewall).toEqual(firewall);
  });

  test('as the line that a user may put in a file', () => {
    const open = [port(80), port(53, 'udp'), { ...port(8000), last: 8010 }];
    const line = firewallLine({ sshFrom: ['203.0.113.0/24', '2001:db8::/32'], open });
    expect(line).toBe('firewall: {ssh_from: [203.0.113.0/24, 2001:db8::/32], open: [80, 53/udp, 8000-8010]}');
    const text = `cluster:\n  managers: {nodes: m1}\n  ${line}\n`;
    expect(readCluster({ text, shown: '' }).spec.firewall?.open).toEqual(open);
    expect(firewallLine({ sshFrom: WORLD, open: [] })).toBe('firewall: {}');
  });
});
