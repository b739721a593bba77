// `belt firewall …`: what it does at DigitalOcean, and to the cluster's description.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { type Gate, type GateHooks, gate } from '../support/gate.ts';
import { api, lines, told, writes } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
`;

const up = async (w: World) => {
  const { code, stderr } = await w.belt('up --yes');
  if (code !== 0) throw new Error(stderr);
};
const firewalls = async (w: World) =>
  ((await api(w, 'GET', '/v2/firewalls')) as { firewalls: { id: string; name: string; tags: string[] }[] }).firewalls;

describe('belt firewall', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    await up(w);
  });
  afterAll(() => w.end());

  it('show: a cluster that the file says nothing of is shut but for SSH', async () => {
    const ssh = w.env['DIGITALOCEAN_SSH_PORT']!;
    expect(await w.belt('firewall show')).toEqual({
      code: 0,
      stdout: lines(
        'Rule    Protocol  Port    From',
        `ssh     tcp       ${ssh.padEnd(8)}everybody`,
        'swarm   tcp       2377    its nodes',
        'swarm   tcp       7946    its nodes',
        'swarm   udp       7946    its nodes',
        'swarm   udp       4789    its nodes',
        'swarm   icmp              its nodes',
      ),
      stderr: '',
    });
    const { cluster, firewall } = JSON.parse((await w.belt('firewall show --json')).stdout);
    expect({ cluster, first: firewall.inbound[0], out: firewall.outbound.length }).toEqual({
      cluster: 'shop',
      first: { rule: 'ssh', protocol: 'tcp', ports: ssh, addresses: ['0.0.0.0/0', '::/0'], tags: [] },
      out: 3,
    });
  });

  it('open: the user’s file is left alone, and the line that it wants is told', async () => {
    expect(await w.belt('firewall open 80 53/udp')).toEqual({
      code: 0,
      stdout: lines('80/tcp: open', '53/udp: open'),
      stderr: lines(
        '.belt.yaml is yours to edit: add this under cluster:, or the next belt up undoes it',
        '  firewall: {open: [80, 53/udp]}',
      ),
    });
    expect((await w.belt('plan')).stderr).toContain('  closes 80/tcp to everybody\n');
    const { stderr } = await w.belt('firewall open 8000-8010');
    const line = stderr.split('\n')[1]!;
    expect(line).toBe('  firewall: {open: [80, 53/udp, 8000-8010]}');
    expect(readFileSync(join(w.cwd, '.belt.yaml'), 'utf8')).toBe(FILE);
    w.write('.belt.yaml', `${FILE}${line}\n`);
    expect((await w.belt('plan')).code).toBe(0);
    // A file that has the key already would be told of it twice.
    w.write('.belt.yaml', `${FILE}  firewall: {open: []}\n`);
    expect((await w.belt('firewall open 8000-8011')).stderr.split('\n')[0]).toBe(
      '.belt.yaml is yours to edit: replace its firewall: with this, or the next belt up undoes it',
    );
    await w.belt('firewall close 8011');
    w.write('.belt.yaml', `${FILE}${line}\n`);
  });

  it('what is so already is said, and nothing is sent for it', async () => {
    const before = await writes(w);
    expect(await w.belt('firewall open 80 8005')).toEqual({
      code: 0,
      stdout: lines('80/tcp: open (unchanged)', '8005/tcp: open (unchanged)'),
      stderr: '',
    });
    expect(await w.belt('firewall close 99')).toEqual({
      code: 0,
      stdout: lines('99/tcp: closed (unchanged)'),
      stderr: '',
    });
    expect(await w.belt('firewall allow-ssh 0.0.0.0/0 ::/0')).toEqual({
      code: 0,
      stdout: lines('SSH: from 0.0.0.0/0, ::/0 (unchanged)'),
      stderr: '',
    });
    expect(await writes(w)).toBe(before);
  });

  it('close: also in the middle of a range; --json', async () => {
    const { code, stdout } = await w.belt('firewall close 8005 53/udp --json');
    expect({ code, document: JSON.parse(stdout) }).toEqual({
      code: 0,
      document: {
        cluster: 'shop',
        firewall: 'belt-shop',
        change: 'update',
        outside: [
          `${w.env['DIGITALOCEAN_SSH_PORT']}/tcp from everybody`,
          '80/tcp from everybody',
          '8000-8004/tcp from everybody',
          '8006-8010/tcp from everybody',
        ],
      },
    });
  });

  it('keeps what somebody else made', async () => {
    const [firewall] = await firewalls(w);
    const { droplets } = await w.status();
    const own = {
      protocol: 'tcp',
      ports: '5432',
      sources: { droplet_ids: [droplets[0]!.id], addresses: ['192.0.2.1'] },
    };
    await api(w, 'POST', `/v2/firewalls/${firewall!.id}/rules`, { inbound_rules: [own] });
    await api(w, 'POST', `/v2/firewalls/${firewall!.id}/droplets`, { droplet_ids: [droplets[0]!.id] });
    expect((await w.belt('firewall open 443')).code).toBe(0);
    expect((await firewalls(w))[0]).toMatchObject({
      inbound_rules: expect.arrayContaining([own]),
      droplet_ids: [droplets[0]!.id],
    });
    expect((await w.belt('firewall show')).stdout).toMatch(/^other +tcp +5432 +192\.0\.2\.1\/32, droplet \d+$/m);
  });

  it.each([
    ['open http', 'invalid port "http"', 'such as 80, 8000-8010 or 53/udp'],
    ['open 80 0', 'invalid port "0"', 'such as 80, 8000-8010 or 53/udp'],
    ['close 90-80', 'invalid port "90-80"', 'such as 80, 8000-8010 or 53/udp'],
    [
      'open 2377',
      "2377/tcp is the swarm's own port, only for its nodes",
      'what the nodes need from each other is open between them and closed to everybody else',
    ],
    [
      'close 4000-5000/udp',
      "4789/udp, in 4000-5000/udp, is the swarm's own port, only for its nodes",
      'what the nodes need from each other is open between them and closed to everybody else',
    ],
    ['allow-ssh 203.0.113.0/33', '"203.0.113.0/33" is not an IP address or CIDR range', 'such as 203.0.113.0/24'],
    ['allow-ssh office', '"office" is not an IP address or CIDR range', 'such as 203.0.113.0/24'],
    ['open', 'belt firewall open needs a port', 'see: belt help firewall open'],
  ])('%s is refused before anything is asked', async (words, error, hint) => {
    const before = (await w.status()).requests.total;
    expect(told(await w.belt(`firewall ${words}`))).toEqual({ code: 2, error, hint });
    expect((await w.status()).requests.total).toBe(before);
  });

  it('the port of SSH is allow-ssh’s affair', async () => {
    const port = w.env['DIGITALOCEAN_SSH_PORT'];
    expect(told(await w.belt(`firewall close ${port}`))).toEqual({
      code: 2,
      error: `${port}/tcp is the port of SSH`,
      hint: 'who may use SSH: belt firewall allow-ssh CIDR…',
    });
  });
});

describe('a cluster that belt describes, and one that nothing does', () => {
  const w = world();
  let path = '';
  beforeAll(async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    await w.sandbox();
    await w.belt('cluster new shop --manager m1');
    path = join(w.cwd, '.belt/clusters/shop.yaml');
    writeFileSync(path, `${readFileSync(path, 'utf8')}  # the shop\n  firewall:\n    open:\n      - 80 # pages\n`);
    await up(w);
  });
  afterAll(() => w.end());

  it('the description follows, with its comments', async () => {
    expect(await w.belt('firewall open 443 8080')).toMatchObject({
      code: 0,
      stderr: lines('.belt/clusters/shop.yaml is updated too'),
    });
    expect((await w.belt('firewall close 8080')).stdout).toBe(lines('8080/tcp: closed'));
    expect((await w.belt('firewall allow-ssh 127.0.0.0/8')).stdout).toBe(lines('SSH: from 127.0.0.0/8'));
    expect(readFileSync(path, 'utf8')).toContain(
      lines(
        '  # the shop',
        '  firewall:',
        '    open:',
        '      - 80 # pages',
        '      - 443',
        '    ssh_from:',
        '      - 127.0.0.0/8',
      ),
    );
    expect((await w.belt('plan')).code).toBe(0);
  });

  it('a cluster of plain belt create gets a firewall with the first word about it', async () => {
    const other = { env: { BELT_CLUSTER: 'my_tools' } };
    expect(told(await w.belt('firewall open 80', other))).toMatchObject({
      code: 2,
      error: 'the cluster my_tools has no droplets and is not described here',
    });
    await w.belt('create 512mb t1', other);
    expect((await w.belt('firewall show', other)).stderr).toBe(
      'my_tools has no firewall: every port is open to everybody · create one: belt up, or belt firewall open\n',
    );
    expect(await w.belt('firewall open 80', other)).toEqual({
      code: 0,
      stdout: lines('80/tcp: open'),
      stderr: `firewall belt-my.tools: created; from outside it allows only ${w.env['DIGITALOCEAN_SSH_PORT']}/tcp from everybody; 80/tcp from everybody\n`,
    });
    expect((await firewalls(w)).map(({ name, tags }) => [name, tags])).toEqual([
      ['belt-shop', ['belt-cluster-shop']],
      ['belt-my.tools', ['belt-cluster-my_tools']],
    ]);
    expect((await w.belt('down --yes', other)).code).toBe(0);
    expect((await firewalls(w)).map(({ name }) => name)).toEqual(['belt-shop']);
  });

  it('firewall: false leaves it alone, and belt firewall takes it up again', async () => {
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, `${text.slice(0, text.indexOf('  firewall:'))}  firewall: false\n`);
    expect((await w.belt('plan')).code).toBe(0);
    await w.belt('firewall open 9000');
    expect((await w.belt('cluster config')).stdout).toContain(lines('  firewall:', '    open:', '      - 9000'));
  });
});

describe('the firewall of a cluster whose tag the account has in another spelling', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE.replace('shop', 'Shop'));
    await w.sandbox();
    await api(w, 'POST', '/v2/tags', { name: 'belt-cluster-shop' });
    await up(w);
  });
  afterAll(() => w.end());

  it('is up to date once it was made, and its nodes are the cluster’s', async () => {
    const sent = await writes(w);
    // There is nothing to change.
    expect((await w.belt('plan')).code).toBe(0);
    expect((await w.belt('up --yes')).code).toBe(0);
    expect(await writes(w)).toBe(sent);
    expect((await firewalls(w))[0]?.tags).toEqual(['belt-cluster-shop']);
    const { stdout, stderr } = await w.belt('firewall show');
    expect(stdout).toContain('its nodes');
    expect(stdout + stderr).not.toContain('droplets tagged');
    expect(stderr).not.toContain('does not apply');
    expect((await w.belt('firewall open 80')).code).toBe(0);
    expect((await firewalls(w))[0]?.tags).toEqual(['belt-cluster-shop']);
  });
});

describe('a firewall that others have a hand in', () => {
  const w = world();
  let at: Gate;
  let before: GateHooks['before'];
  const belt = (words: string) => w.belt(words, { env: at.env });
  beforeAll(async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    await w.sandbox();
    at = await gate(w, { before: (request) => before?.(request) });
    expect((await belt('create node1')).code).toBe(0);
  });
  afterAll(async () => {
    at?.close();
    await w.end();
  });

  const all = async () =>
    ((await api(w, 'GET', '/v2/firewalls')) as { firewalls: { id: string; name: string; droplet_ids: number[] }[] })
      .firewalls;

  it('made by another run at the same moment, with other rules, is not taken for one’s own', async () => {
    const theirs = {
      name: 'belt-default',
      tags: ['belt-cluster-default'],
      inbound_rules: [{ protocol: 'tcp', ports: '22', sources: { addresses: ['0.0.0.0/0', '::/0'] } }],
    };
    before = async ({ method, path }) => {
      if (method !== 'POST' || path !== '/v2/firewalls') return;
      before = undefined;
      await api(w, 'POST', '/v2/firewalls', theirs);
    };
    expect(told(await belt('firewall open 443'))).toEqual({
      code: 1,
      error: 'another run created the firewall belt-default in the meantime, with other rules',
      hint: 'run the same command again',
    });
    expect((await belt('firewall open 443')).stdout).toBe('443/tcp: open\n');
    expect(await all()).toHaveLength(1);
  });

  it('written over by a run that had read it before: the change is made once more', async () => {
    const [{ id, ...stale }] = (await all()) as [{ id: string; name: string; droplet_ids: number[] }];
    let written = 0;
    before = async ({ method, path }) => {
      if (method === 'PUT') written += 1;
      if (method !== 'GET' || !path.startsWith('/v2/firewalls') || written === 0) return;
      before = undefined;
      const open = { protocol: 'tcp', ports: '8443', sources: { addresses: ['0.0.0.0/0', '::/0'] } };
      const { inbound_rules: rules } = stale as unknown as { inbound_rules: object[] };
      await api(w, 'PUT', `/v2/firewalls/${id}`, { ...stale, inbound_rules: [...rules, open] });
    };
    expect(await belt('firewall open 53/udp')).toMatchObject({ code: 0, stdout: '53/udp: open\n' });
    expect(written).toBe(1);
    const { stdout } = await belt('firewall show');
    expect(stdout).toMatch(/tcp +8443 /);
    expect(stdout).toMatch(/udp +53 /);
  });

  it('keeps the droplets that somebody named one by one', async () => {
    const order = { name: 'db', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' };
    const { droplet } = (await api(w, 'POST', '/v2/droplets', order)) as { droplet: { id: number } };
    const [made] = await all();
    await api(w, 'POST', `/v2/firewalls/${made!.id}/droplets`, { droplet_ids: [droplet.id] });
    expect((await belt('firewall open 8080')).stdout).toBe('8080/tcp: open\n');
    expect((await all())[0]!.droplet_ids).toEqual([droplet.id]);
  });
});
