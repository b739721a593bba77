// `belt plan` and `belt up`: from nothing to the cluster in the file, and back to it after anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, droplet, lines, until, writes } from '../support/probe.ts';
import { BOOK_CONFIG as BOOK } from '../support/world.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}
cluster:
  name: shop
  managers: {nodes: "m[1:3]", size: s-1vcpu-1gb}
  workers:
    - {nodes: "w[1:2]", size: s-2vcpu-2gb, labels: {tier: web}}
    - {nodes: db, size: s-4vcpu-8gb, availability: drain}
`;

const FORMAT = '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}';

/** A line a node, as the swarm sees it. */
async function members(w: World): Promise<string[]> {
  const { stdout } = await w.belt(['--host', 'm1', 'docker', 'node', 'ls', '--format', FORMAT]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trimEnd())
    .toSorted();
}

const RIGHT = [
  'db Ready Drain',
  'm1 Ready Active Leader',
  'm2 Ready Active Reachable',
  'm3 Ready Active Reachable',
  'w1 Ready Active',
  'w2 Ready Active',
];

describe('a cluster from its file', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', CLUSTER);
    await w.sandbox();
  });
  afterAll(() => w.end());

  it('plan says what up would do, and changes nothing', async () => {
    const { code, stdout, stderr } = await w.belt('plan');
    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: lines(
        '  Node    Role      Size           USD/month  Change',
        '+ m1      manager   s-1vcpu-1gb         6.00  create, start the swarm',
        '+ m2      manager   s-1vcpu-1gb         6.00  create, join as manager',
        '+ m3      manager   s-1vcpu-1gb         6.00  create, join as manager',
        '+ w1      worker    s-2vcpu-2gb        18.00  create, join as worker, label tier=web',
        '+ w2      worker    s-2vcpu-2gb        18.00  create, join as worker, label tier=web',
        '+ db      worker    s-4vcpu-8gb        48.00  create, join as worker, drain',
      ),
      stderr: lines(
        'firewall belt-shop: will be created',
        '6 nodes and a firewall to create; 102.00 USD a month (0.152 an hour)',
      ),
    });
    expect(await writes(w)).toBe(0);
  });

  it('up asks first, and does not guess where nobody can answer', async () => {
    const { code, stderr } = await w.belt('up');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error: up asks before it changes anything, but there is no terminal to ask on\nhint: add --yes if you are sure\n',
    );
    expect(await writes(w)).toBe(0);
  });

  it('up makes it so', async () => {
    const { code, stdout, stderr } = await w.belt('up --yes');
    expect(stderr).toContain('\nm1 is the active node: belt docker talks to it\n');
    expect((await w.belt('active')).stdout).toBe('m1\n');
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 6 nodes, up to date',
    });
    expect(await members(w)).toEqual(RIGHT);
  });

  it('up again changes nothing, and says so', async () => {
    const before = await writes(w);
    expect(await w.belt('up')).toEqual({ code: 0, stdout: 'shop: 6 nodes, up to date\n', stderr: '' });
    expect((await w.belt('plan -q')).code).toBe(0);
    expect(await writes(w)).toBe(before);
  });

  it('what died is replaced, its old entry taken off, labels and availability follow the file', async () => {
    await w.belt('rm -y m2 w1');
    w.write('.belt.yaml', CLUSTER.replace('tier: web', 'tier: front').replace(', availability: drain', ''));
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, errors: /error/.test(stderr) }).toEqual({ code: 0, errors: false });
    expect(await members(w)).toEqual(RIGHT.map((line) => line.replace('Drain', 'Active')));
    const labels = await w.belt([
      '--host',
      'm1',
      'docker',
      'node',
      'inspect',
      'w1',
      'w2',
      '--format',
      '{{.Spec.Labels}}',
    ]);
    expect(labels.stdout).toBe('map[tier:front]\nmap[tier:front]\n');
  });

  it('plan --json', async () => {
    // Past belt: its entry stays in the swarm.
    await api(w, 'DELETE', `/v2/droplets/${(await droplet(w, 'db')).id}`);
    // Until the swarm sees it as down, it may be a machine that works.
    await until('the swarm sees it', async () => (await members(w)).some((line) => /^db Down/.test(line)));
    const { code, stdout } = await w.belt('plan --json');
    const document = JSON.parse(stdout);
    expect({ code, cluster: document.cluster, changes: document.changes }).toEqual({
      code: 4,
      cluster: 'shop',
      changes: 2,
    });
    expect(document.nodes.find(({ name }: { name: string }) => name === 'db')).toMatchObject({
      create: true,
      swarm: 'join',
    });
    expect(document.stale).toEqual([{ id: expect.any(String), hostname: 'db' }]);
  });
});

const ask = async (w: World, path: string) => {
  const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = w.env;
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as Record<string, Record<string, unknown>[]>;
};

describe('a VPC and a firewall, and all of it away again', () => {
  const w = world();
  const networked = `${CLUSTER}  vpc: shop\n  firewall: {ssh_from: [127.0.0.0/8], open: [80, 53/udp]}\n`;
  beforeAll(async () => {
    w.write('.belt.yaml', networked);
    await w.sandbox();
  });
  afterAll(() => w.end());

  it('up makes both, and the droplets in the VPC', async () => {
    const { code, stderr } = await w.belt('up --yes');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'VPC shop: will be created in sgp1\nfirewall belt-shop: will be created\n6 nodes, a firewall and a VPC to create; 102.00 USD a month',
    );
    const { vpcs } = await ask(w, '/v2/vpcs');
    const vpc = vpcs!.find(({ name }) => name === 'shop')!;
    const { droplets } = await ask(w, '/v2/droplets?tag_name=belt-cluster-shop');
    expect(droplets!.map(({ vpc_uuid }) => vpc_uuid)).toEqual(Array(6).fill(vpc['id']));
    const { firewalls } = await ask(w, '/v2/firewalls');
    const rules = firewalls![0]!['inbound_rules'] as { protocol: string; ports: string; sources: object }[];
    const nodes = { tags: ['belt-cluster-shop'] };
    const everybody = { addresses: ['0.0.0.0/0', '::/0'] };
    expect(rules).toEqual([
      { protocol: 'tcp', ports: w.env['DIGITALOCEAN_SSH_PORT'], sources: { addresses: ['127.0.0.0/8'] } },
      { protocol: 'tcp', ports: '80', sources: everybody },
      { protocol: 'udp', ports: '53', sources: everybody },
      { protocol: 'tcp', ports: '2377', sources: nodes },
      { protocol: 'tcp', ports: '7946', sources: nodes },
      { protocol: 'udp', ports: '7946', sources: nodes },
      { protocol: 'udp', ports: '4789', sources: nodes },
      { protocol: 'icmp', ports: '0', sources: nodes },
    ]);
    expect((await w.belt('plan')).code).toBe(0);
  });

  it('what somebody changed by hand is put right, and plan says whom that shuts out', async () => {
    w.write('.belt.yaml', networked.replace('80, 53/udp', '80, 443'));
    const { firewalls } = await ask(w, '/v2/firewalls');
    await api(w, 'POST', `/v2/firewalls/${firewalls![0]!['id']}/rules`, {
      inbound_rules: [{ protocol: 'tcp', ports: '8080', sources: { addresses: ['0.0.0.0/0', '::/0'] } }],
    });
    expect((await w.belt('plan')).stderr).toContain(
      lines(
        'firewall belt-shop: will be changed',
        '  opens 443/tcp to everybody',
        '  closes 8080/tcp to everybody',
        '  closes 53/udp to everybody',
      ),
    );
    expect(JSON.parse((await w.belt('plan --json')).stdout)).toMatchObject({
      changes: 1,
      firewall: 'update',
      traffic: {
        opens: ['443/tcp from everybody'],
        shuts: ['8080/tcp from everybody', '53/udp from everybody'],
      },
    });
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'firewall belt-shop: changed' });
    expect((await w.belt('plan')).code).toBe(0);
  });

  it('down refuses without a terminal, and takes all of it away with --yes', async () => {
    const before = await writes(w);
    const { code, stderr } = await w.belt('down');
    expect({ code, error: stderr.split('\n').find((line) => line.startsWith('error')) }).toEqual({
      code: 2,
      error: 'error: down asks before it deletes, but there is no terminal to ask on',
    });
    expect(await writes(w)).toBe(before);
    const away = await w.belt('down --yes');
    expect({ code: away.code, stdout: away.stdout }).toEqual({
      code: 0,
      stdout: lines(...['db', 'm1', 'm2', 'm3', 'w1', 'w2'].map((name) => `${name}: removed`)),
    });
    expect(away.stderr.trim().split('\n').slice(-3)).toEqual([
      'firewall belt-shop will be deleted',
      'VPC shop will be deleted',
      'shop: nothing is billed any more',
    ]);
    expect((await ask(w, '/v2/firewalls'))['firewalls']).toEqual([]);
    expect((await ask(w, '/v2/vpcs'))['vpcs']!.some(({ name }) => name === 'shop')).toBe(false);
    expect(await w.belt('down --yes')).toEqual({ code: 0, stdout: 'shop: nothing to delete\n', stderr: '' });
  });
});

describe('what will not do', () => {
  const w = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  it.each([
    ['no cluster', BOOK, '.belt.yaml does not describe a cluster: cluster has no managers'],
    ['a size that there is not', CLUSTER.replace('s-4vcpu-8gb', 's-4vcpu-9gb'), 'there is no size "s-4vcpu-9gb"'],
    ['no image', CLUSTER.replace('image: docker-20-04, ', ''), 'no image is set for m1 and others'],
  ])('%s', async (_what, text, message) => {
    w.write('.belt.yaml', text);
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, message: /^error: (.*)$/m.exec(stderr)?.[1] }).toEqual({ code: 2, message });
    expect(await writes(w)).toBe(0);
  });
});

describe('the end of up on a terminal', () => {
  const w = world();
  beforeAll(async () => {
    w.write(
      '.belt.yaml',
      'digitalocean: {image: docker-20-04, region: sgp1}\ncluster: {name: two, managers: {nodes: "n[1:2]", size: s-1vcpu-1gb}}\n',
    );
    await w.sandbox();
  });
  afterAll(() => w.end());

  it('says where the nodes are and what to do next; nothing of it where all was right before', async () => {
    const made = await w.belt('up --yes', { terminal: true });
    expect(made.code).toBe(0);
    const said = made.stderr.slice(made.stderr.indexOf('addresses:'));
    expect(said.replace(/127\.\d+\.\d+\.\d+/g, 'A')).toBe(
      'addresses: n1 A, n2 A\nnext:\n  belt docker node ls\n  belt ssh @manager uptime\n  belt deploy\n',
    );
    expect((await w.belt('up --yes', { terminal: true })).stderr).not.toContain('next:');
  });
});
