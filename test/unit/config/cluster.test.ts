import { describe, expect, test } from 'vitest';
import { readCluster, readDroplets } from '../../../src/config/cluster/read.ts';
import { PLAIN_ENGINE } from '../../../src/config/cluster/types.ts';
import { UsageError } from '../../../src/errors.ts';

const read = (text: string) => readCluster({ text, shown: '.belt.yaml' });

function refused(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    const { message, hint } = error as UsageError;
    return hint === undefined ? message : `${message}\n${hint}`;
  }
  throw new Error('it was read');
}

const WHOLE = `
digitalocean: {region: sgp1, image: ubuntu-24-04-x64, ssh_key_fingerprint: 816630}
cluster:
  name: shop
  managers: {nodes: "node[1:3]", size: s-1vcpu-1gb}
  workers:
    - {nodes: "node[4:6]", size: s-2vcpu-2gb, labels: {tier: web}}
    - {nodes: ["db[1:2]", cache], size: s-4vcpu-8gb, labels: {tier: db, ssd: true, n: 1}, availability: drain}
  vpc: shop
  firewall: {ssh_from: [203.0.113.0/24, 2001:db8::1], open: [80, 443, 53/udp, 8000-8010]}
  swarm: {default_addr_pool: 10.20.0.0/16, data_path_port: 7777, autolock: no}
`;

test('a cluster, whole', () => {
  expect(read(WHOLE)).toEqual({
    warnings: [],
    spec: {
      name: 'shop',
      groups: [
        {
          role: 'manager',
          names: ['node1', 'node2', 'node3'],
          size: 's-1vcpu-1gb',
          labels: {},
          availability: 'active',
        },
        {
          role: 'worker',
          names: ['node4', 'node5', 'node6'],
          size: 's-2vcpu-2gb',
          labels: { tier: 'web' },
          availability: 'active',
        },
        {
          role: 'worker',
          names: ['db1', 'db2', 'cache'],
          size: 's-4vcpu-8gb',
          labels: { tier: 'db', ssd: 'true', n: '1' },
          availability: 'drain',
        },
      ],
      vpc: 'shop',
      firewall: {
        sshFrom: ['203.0.113.0/24', '2001:db8::1/128'],
        open: [
          { first: 80, last: 80, protocol: 'tcp' },
          { first: 443, last: 443, protocol: 'tcp' },
          { first: 53, last: 53, protocol: 'udp' },
          { first: 8000, last: 8010, protocol: 'tcp' },
        ],
      },
      swarm: { defaultAddrPool: ['10.20.0.0/16'], dataPathPort: 7777, autolock: false },
    },
  });
});

test('the least that is one', () => {
  const { spec } = read('cluster: {managers: {nodes: node1}}');
  expect(spec).toMatchObject({ name: 'default', groups: [{ role: 'manager', names: ['node1'] }] });
  expect(spec.firewall).toEqual({ sshFrom: ['0.0.0.0/0', '::/0'], open: [] });
});

test.each([
  ['false', null],
  ['', { sshFrom: ['0.0.0.0/0', '::/0'], open: [] }],
  ['{open: 80}', { sshFrom: ['0.0.0.0/0', '::/0'], open: [{ first: 80, last: 80, protocol: 'tcp' }] }],
  ['{ssh_from: 192.0.2.7}', { sshFrom: ['192.0.2.7/32'], open: [] }],
])('firewall: %s', (text, firewall) => {
  expect(read(`cluster: {managers: {nodes: m1}, firewall: ${text}}`).spec.firewall).toEqual(firewall);
});

test('workers that are one group need no list', () => {
  const { spec } = read('cluster: {managers: {nodes: m1}, workers: {nodes: "w[1:2]"}}');
  expect(spec.groups[1]).toMatchObject({ role: 'worker', names: ['w1', 'w2'] });
});

describe('keys that belt does not know are errors, with the nearest', () => {
  test.each([
    [
      'cluster:\n  managers: {nodes: m1, lables: {a: b}}',
      '.belt.yaml:2:25: unknown key "lables" (did you mean "labels"?)',
    ],
    ['cluster: {managers: {node: m1}}', '.belt.yaml:1:22: unknown key "node" (did you mean "nodes"?)'],
    [
      'cluster:\n  managers: {nodes: m1}\n  worker: {nodes: w1}',
      '.belt.yaml:3:3: unknown key "worker" (did you mean "workers"?)',
    ],
    ['cluster:\n  managers: {nodes: m1}\n  workers: {nodes: w1, colour: red}', '.belt.yaml:3:24: unknown key "colour"'],
    [
      'cluster:\n  managers: {nodes: m1}\n  workers: [{nodes: w1}, {nodes: w2, sizes: a}]',
      '.belt.yaml:3:38: unknown key "sizes" (did you mean "size"?)',
    ],
    [
      'cluster:\n  managers: {nodes: m1}\n  firewall: {opne: 80}',
      '.belt.yaml:3:14: unknown key "opne" (did you mean "open"?)',
    ],
    [
      'cluster:\n  managers: {nodes: m1}\n  swarm: {autolok: true}',
      '.belt.yaml:3:11: unknown key "autolok" (did you mean "autolock"?)',
    ],
    [
      'cluster:\n  managers: {nodes: m1}\n  engine: {versoin: "28"}',
      '.belt.yaml:3:12: unknown key "versoin" (did you mean "version"?)',
    ],
    [
      'x-g: &g {nods: w1}\ncluster:\n  managers: {nodes: m1}\n  workers: {<<: *g}',
      '.belt.yaml:1:10: unknown key "nods" (did you mean "nodes"?)',
    ],
    ['cluster:\n  managers: {nodes: m1}\n  managers: {nodes: m2}', '.belt.yaml:3:3: duplicate key "managers"'],
    [
      'cluster: {managers: {nodes: [}',
      '.belt.yaml:1:30: the "[" that begins before this is not closed, or what is in it is not indented',
    ],
  ])('%s', (text, message) => {
    expect(refused(text)).toContain(message.slice(0, 40));
    expect(refused(text).startsWith(message.split(' Flow')[0]!)).toBe(true);
  });

  test("those that begin with x- are the user's own, and merge keys bring in others", () => {
    const { spec, warnings } = read(
      [
        'x-size: &small {size: s-1vcpu-1gb, x-why: cheap}',
        'cluster:',
        '  x-note: a',
        '  managers: {<<: *small, nodes: m1, x-a: 1}',
        '  workers:',
        '    - {<<: *small, nodes: w1}',
        '    - {<<: [*small, {region: sgp1}], nodes: w2, size: s-2vcpu-2gb}',
        '  firewall: {x-b: 1, open: 80}',
        '  engine: {x-c: 1, labels: {x-d: kept}}',
        '  swarm: {x-e: 1}',
      ].join('\n'),
    );
    expect(warnings).toEqual([]);
    expect(spec.groups.map(({ names, size, region }) => [names[0], size, region])).toEqual([
      ['m1', 's-1vcpu-1gb', undefined],
      ['w1', 's-1vcpu-1gb', undefined],
      ['w2', 's-2vcpu-2gb', 'sgp1'],
    ]);
    expect(spec.engine?.labels).toEqual({ 'x-d': 'kept' });
  });

  test('a value that a merge key brought in is named where it stands', () => {
    expect(refused('x-a: &a {size: "a b"}\ncluster:\n  managers: {<<: *a, nodes: m1}')).toContain(
      '.belt.yaml:1:16: cluster.managers.size must be a slug',
    );
  });
});

describe('what will not do is named by its place', () => {
  test.each([
    [
      '',
      '.belt.yaml does not describe a cluster: cluster has no managers\nsuch as: cluster: {name: shop, managers: {nodes: "node[1:3]", size: s-1vcpu-1gb}}',
    ],
    ['cluster: shop', '.belt.yaml:1:10: cluster must be a mapping of keys'],
    ['cluster: {managers: node1}', '.belt.yaml:1:21: cluster.managers must be a mapping with the key nodes'],
    [
      'cluster: {managers: {nodes: 3}}',
      '.belt.yaml:1:29: cluster.managers.nodes[0] must be names, such as "node[1:3]", not a number: for 3 of them write "node[1:3]"',
    ],
    [
      'cluster:\n  managers: {nodes: m1}\n  workers: {nodes: [web, 5]}',
      '.belt.yaml:3:26: cluster.workers[0].nodes[1] must be names, such as "node[1:3]", not a number: for 5 of them write "node[1:5]"',
    ],
    [
      'cluster: {managers: {nodes: true}}',
      '.belt.yaml:1:29: cluster.managers.nodes[0] must be names, such as "node[1:3]"',
    ],
    [
      'cluster: {managers: {nodes: null}}',
      '.belt.yaml:1:29: cluster.managers.nodes[0] must be names, such as "node[1:3]"',
    ],
    // What is no list of YAML's needs quotes.
    ['cluster: {managers: {nodes: node[1:3], size: a}}', '.belt.yaml:1:29: node[1:3] needs quotes\nwrite "node[1:3]"'],
    ['cluster: {managers: {nodes: [m0, node[1:3]]}}', '.belt.yaml:1:34: node[1:3] needs quotes\nwrite "node[1:3]"'],
    [
      'cluster:\n  managers:\n    nodes: {web,db}[1:2]\n',
      '.belt.yaml:3:12: {web,db}[1:2] needs quotes\nwrite "{web,db}[1:2]"',
    ],
    [
      'cluster: {workers: [{nodes: w[a,c]-x[1:2]}]}',
      '.belt.yaml:1:29: w[a,c]-x[1:2] needs quotes\nwrite "w[a,c]-x[1:2]"',
    ],
    [
      'cluster: {managers: {nodes: m1, availability: drained}}',
      '.belt.yaml:1:47: cluster.managers.availability must be active, pause or drain',
    ],
    [
      'cluster:\n  managers: {nodes: "node[3:1]"}',
      '.belt.yaml:2:21: cluster.managers.nodes: "node[3:1]": the range 3:1 runs backwards\nwrite node[1:3]',
    ],
    [
      'cluster:\n  managers: {nodes: m1}\n  workers:\n    - {nodes: "w[1:2]"}\n    - {nodes: [x, w2]}',
      '.belt.yaml:5:7: cluster.workers[1]: w2 is already in another group',
    ],
    [
      'cluster: {managers: {nodes: m1}, firewall: {open: [80, 70000]}}',
      '.belt.yaml:1:56: cluster.firewall.open[1] must be a port, such as 80, 8000-8010 or 53/udp',
    ],
    [
      'cluster: {managers: {nodes: m1}, firewall: none}',
      '.belt.yaml:1:44: cluster.firewall must be a mapping of keys, or false for none',
    ],
    [
      'cluster: {managers: {nodes: m1}, firewall: {ssh_from: here}}',
      '.belt.yaml:1:55: cluster.firewall.ssh_from[0] must be an IP address or CIDR range, such as 203.0.113.0/24',
    ],
    [
      'cluster: {managers: {nodes: m1}, swarm: {data_path_port: 80}}',
      '.belt.yaml:1:58: cluster.swarm.data_path_port must be a number from 1024 to 49151',
    ],
    ...['10.20.0.0/25', '10.20.0.0', '"fd00::/16"'].map((pool) => [
      `cluster: {managers: {nodes: m1}, swarm: {default_addr_pool: [10.20.0.0/24, ${pool}]}}`,
      '.belt.yaml:1:76: cluster.swarm.default_addr_pool[1] must be an IPv4 range of at least a /24, such as 172.20.0.0/14',
    ]),
    [
      'cluster: {managers: {nodes: m1}, swarm: {default_addr_pool: 172.16.0.0/12}}',
      ".belt.yaml:1:61: cluster.swarm.default_addr_pool[0]: 172.16.0.0/12 overlaps a network of Docker's own on every node, 172.17.0.0/16\nchoose another range, or leave it out: belt picks one outside the VPC",
    ],
    [
      'cluster: {managers: {nodes: m1}, swarm: {default_addr_pool: [10.20.0.0/16, 172.18.4.0/24]}}',
      ".belt.yaml:1:76: cluster.swarm.default_addr_pool[1]: 172.18.4.0/24 overlaps a network of Docker's own on every node, 172.18.0.0/16\nchoose another range, or leave it out: belt picks one outside the VPC",
    ],
    [
      'cluster: {managers: {nodes: m1}, swarm: {default_addr_pool: [10.20.0.0/16, 10.20.4.0/24]}}',
      '.belt.yaml:1:76: cluster.swarm.default_addr_pool[1]: 10.20.4.0/24 overlaps 10.20.0.0/16\nremove one of them',
    ],
    [
      'cluster: {managers: {nodes: m1}, swarm: {default_addr_pool: 10.20.0.0/24}}',
      '.belt.yaml:1:61: cluster.swarm.default_addr_pool[0]: 10.20.0.0/24 has room for one network, which the swarm itself takes (ingress)\neach network of a stack takes a /24: choose another range, or leave it out: belt picks one outside the VPC',
    ],
    [
      'cluster: {managers: {nodes: m1}, swarm: {autolock: sometimes}}',
      '.belt.yaml:1:52: cluster.swarm.autolock must be true or false',
    ],
  ])('%s', (text, message) => expect(refused(text)).toBe(message));
});

describe('the engine', () => {
  const ENGINE = `cluster:
  engine:
    version: "28.10"
    install_url: https://get.docker.com
    labels: {tier: web}
    registry_mirrors: https://mirror.example.com
    log_driver: local
    log_opts: {max-size: 10m}
    plugins: compose
    automatic_upgrades: yes
  swap: 2g
`;
  const engine = {
    version: '28.10',
    installUrl: 'https://get.docker.com',
    labels: { tier: 'web' },
    registryMirrors: ['https://mirror.example.com'],
    logDriver: 'local',
    logOpts: { 'max-size': '10m' },
    plugins: ['compose'],
    automaticUpgrades: true,
  };

  test('whole, with a cluster and without one', () => {
    expect(read(`${ENGINE}  managers: {nodes: m1}\n`).spec).toMatchObject({ engine, swap: 2048 });
    expect(readDroplets({ text: ENGINE, shown: '.belt.yaml' })).toEqual({
      droplets: { engine, swap: 2048 },
      warnings: [],
    });
  });

  test('a file that says nothing of it', () => {
    expect(read('cluster: {managers: {nodes: m1}}').spec.engine).toBe(undefined);
    expect(readDroplets({ text: 'cluster: {name: shop, managers: 7}', shown: '.belt.yaml' }).droplets).toEqual({
      engine: PLAIN_ENGINE,
    });
  });

  const quotes = 'must be a version in quotes, such as "28", "28.2" or "28.2.2"';
  test.each([
    ['{version: 28.10}', `:20: cluster.engine.version ${quotes}`],
    ['{version: latest}', ':20: cluster.engine.version must be a version, such as "28", "28.2" or "28.2.2"'],
    ['{version: true}', `:20: cluster.engine.version ${quotes}`],
    ['{install_url: "http://a.example"}', ':24: cluster.engine.install_url must be the https:// URL of a script'],
    [
      '{registry_mirrors: [https://a.example/x]}',
      ':30: cluster.engine.registry_mirrors[0] must be the URL of a registry, such as https://mirror.example.com',
    ],
    ['{labels: {a=b: c}}', ':19: cluster.engine.labels must have keys without spaces or "="'],
    ['{log_driver: "a b"}', ':23: cluster.engine.log_driver must be the name of a log driver, such as local'],
    ['{plugins: [scan]}', ':21: cluster.engine.plugins[0] must be buildx or compose'],
    ['{automatic_upgrades: sometimes}', ':31: cluster.engine.automatic_upgrades must be true or false'],
    ['on', ':10: cluster.engine must be a mapping of keys'],
  ])('%s', (text, message) =>
    expect(refused(`cluster:\n managers: {nodes: m1}\n engine: ${text}`)).toBe(`.belt.yaml:3${message}`),
  );
});

describe('swap', () => {
  const swapOf = (text: string) => read(`cluster: {managers: {nodes: m1}, swap: ${text}}`).spec.swap;

  test.each<[string, unknown]>([
    ['1g', 1024],
    ['512M', 512],
    ['false', false],
    ['no', false],
    ['0', false],
  ])('%s', (text, swap) => expect(swapOf(text)).toBe(swap));

  test.each(['2', '1t', '10m', '100g', 'true', '[1g]'])('%s is none', (text) => {
    expect(refused(`cluster: {managers: {nodes: m1}, swap: ${text}}`)).toBe(
      '.belt.yaml:1:40: cluster.swap must be a size from 64m to 64g, such as 1g, or false for none',
    );
  });
});
