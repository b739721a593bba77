// The swarm's own ports are shut to the outside before there is a swarm, and nothing else is.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, breakIt, lines, masked, mend, until, writes } from '../support/probe.ts';

interface Firewall {
  id: string;
  name: string;
  tags: string[];
  inbound_rules: { protocol: string; ports: string; sources: { addresses?: string[]; tags?: string[] } }[];
}

const firewalls = async (w: World) => ((await api(w, 'GET', '/v2/firewalls')) as { firewalls: Firewall[] }).firewalls;
/** What everybody reaches, as `tcp 1-2374`. */
const openIn = ({ inbound_rules: rules }: Firewall) =>
  rules.filter(({ sources }) => sources.addresses?.includes('0.0.0.0/0')).map((r) => `${r.protocol} ${r.ports}`);

const PORTS = '2375-2377, 7946/tcp and 4789, 7946/udp';
const MADE = `firewall belt-default: created; it closes ${PORTS} to all but the cluster's nodes, and nothing else\n`;

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3]');
  if (made.code !== 0) throw new Error(made.stderr);
});
afterEach(async () => {
  await mend(w);
  await w.belt('--host node[1:3] docker swarm leave --force');
  for (const { id } of await firewalls(w)) await api(w, 'DELETE', `/v2/firewalls/${id}`);
});
afterAll(() => w.end());

describe('swarm init', () => {
  it('makes a firewall around the swarm’s ports, and all else stays open', async () => {
    const { code, stderr } = await w.belt('swarm init node1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${MADE}node1 is the active node: belt docker talks to it\n` });
    const [made, ...others] = await firewalls(w);
    expect([made!.name, made!.tags, others]).toEqual(['belt-default', ['belt-cluster-default'], []]);
    expect(openIn(made!)).toEqual([
      'tcp 1-2374',
      'tcp 2378-7945',
      'tcp 7947-65535',
      'udp 1-4788',
      'udp 4790-7945',
      'udp 7947-65535',
      'icmp 0',
    ]);
    for (const { sources } of made!.inbound_rules) {
      const { addresses = [], tags = [] } = sources;
      if (addresses.length > 0) expect([...addresses].sort()).toEqual(['0.0.0.0/0', '::/0']);
      else expect(tags).toEqual(['belt-cluster-default']);
    }
  });

  it('is there before the swarm, and is not made twice', async () => {
    await breakIt(w, '401=always@POST/v2/firewalls');
    const failed = await w.belt('swarm init node1');
    expect(failed.code).toBe(1);
    expect((await w.belt(['--host', 'node1', 'docker', 'info', '-f', '{{.Swarm.LocalNodeState}}'])).stdout).toBe(
      'inactive\n',
    );
    await mend(w);
    expect((await w.belt('swarm init node1')).code).toBe(0);
    const before = await writes(w);
    expect((await w.belt('swarm join node1 node2')).stderr).toBe('');
    expect(await writes(w)).toBe(before);
    expect(await firewalls(w)).toHaveLength(1);
  });

  it.each([
    ['--no-firewall', 'swarm init node1 --no-firewall', undefined],
    ['firewall: false in the file', 'swarm init node1', 'cluster: {name: default, firewall: false}\n'],
  ])('%s leaves firewalls alone', async (_what, words, more) => {
    const config = w.write('other.yaml', `digitalocean: {region: sgp1}\n${more ?? ''}`);
    const { code, stderr } = await w.belt(`--config ${config} ${words}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await firewalls(w)).toEqual([]);
  });
});

describe('swarm join', () => {
  it('works behind it, and a node of another cluster does not get in', async () => {
    const { code, stdout, stderr } = await w.belt('swarm join node1 node[2:3]');
    expect({ code, stderr: masked(stderr) }).toEqual({
      code: 0,
      stderr: `${MADE}node1: Swarm initialized: current node (ID) is now a manager.\n`,
    });
    expect(stdout.split('\n').sort()).toEqual(
      ['', 'node2: This node joined a Swarm as a worker.', 'node3: This node joined a Swarm as a worker.'].sort(),
    );
    const other = { env: { BELT_CLUSTER: 'other' } };
    expect((await w.belt('create 512mb outside', other)).code).toBe(0);
    const token = (await w.belt('--host node1 docker swarm join-token -q worker')).stdout.trim();
    const { privateAddress } = (await w.status()).droplets.find(({ name }) => name === 'node1')!;
    const words = ['--host', 'outside', 'docker', 'swarm', 'join', '--token', token, `${privateAddress}:2377`];
    expect((await w.belt(words, other)).stderr).toContain('Timeout was reached before node joined');
    expect((await w.belt('rm outside -y', other)).code).toBe(0);
  });

  it('of a swarm with a data path port of its own shuts that one', async () => {
    await w.belt('--host node1 docker swarm init --data-path-port 7777');
    const { stderr } = await w.belt('swarm join node1 node2');
    expect(stderr).toBe(MADE.replace('4789, 7946/udp', '7777, 7946/udp'));
    const [made] = await firewalls(w);
    expect(openIn(made!).filter((rule) => rule.startsWith('udp'))).toEqual([
      'udp 1-7776',
      'udp 7778-7945',
      'udp 7947-65535',
    ]);
  });

  it('shuts out no member that is none of the cluster’s', async () => {
    const other = { env: { BELT_CLUSTER: 'other' } };
    expect((await w.belt('create 512mb friend', other)).code).toBe(0);
    await w.belt('--host node1 docker swarm init');
    const token = (await w.belt('--host node1 docker swarm join-token -q worker')).stdout.trim();
    const { privateAddress } = (await w.status()).droplets.find(({ name }) => name === 'node1')!;
    const join = ['--host', 'friend', 'docker', 'swarm', 'join', '--token', token, `${privateAddress}:2377`];
    expect((await w.belt(join, other)).code).toBe(0);
    const { code, stderr } = await w.belt('swarm join node1 node2');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `warning: ${PORTS}: no firewall is created, since it would lock out friend, which are in the swarm but are not the cluster's droplets\n`,
    });
    expect(await firewalls(w)).toEqual([]);
    // One that left is shut out of nothing.
    await w.belt('--host friend docker swarm leave', other);
    await until('it is down', async () => (await w.belt('--host node1 docker node ls')).stdout.includes('Down'));
    expect((await w.belt('swarm join node1 node3')).stderr).toBe(MADE);
    expect((await w.belt('rm friend -y', other)).code).toBe(0);
  });

  it('opens nothing that a firewall of the user’s shuts, and tells what that leaves open', async () => {
    const everybody = { addresses: ['0.0.0.0/0', '::/0'] };
    const mine = (ports: string) =>
      api(w, 'POST', '/v2/firewalls', {
        name: `mine-${ports}`,
        tags: ['belt'],
        inbound_rules: [
          { protocol: 'tcp', ports, sources: everybody },
          { protocol: 'tcp', ports: '2377', sources: { tags: ['belt'] } },
        ],
        outbound_rules: [{ protocol: 'tcp', ports: '0', destinations: everybody }],
      });
    await mine('1-2000');
    expect((await w.belt('swarm join node1 node2')).stderr).not.toMatch(/warning|firewall/);
    await mine('2377');
    expect((await w.belt('swarm join node1 node3')).stderr).toBe(
      `warning: ${PORTS}: mine-1-2000 and mine-2377 leave 2377/tcp open to everybody\n`,
    );
    expect((await firewalls(w)).map(({ name }) => name).sort()).toEqual(['mine-1-2000', 'mine-2377']);
  });

  it('tells to which nodes a firewall of the user’s does not apply', async () => {
    const { id } = (await w.status()).droplets.find(({ name }) => name === 'node1')!;
    const inbound_rules = [{ protocol: 'tcp', ports: '22', sources: { addresses: ['0.0.0.0/0'] } }];
    await api(w, 'POST', '/v2/firewalls', { name: 'some', droplet_ids: [id], inbound_rules });
    expect((await w.belt('swarm init node1')).stderr).toBe(
      `warning: ${PORTS}: open to everybody, since some does not apply to node[2:3]\n`,
    );
    expect((await firewalls(w)).map(({ name }) => name)).toEqual(['some']);
  });

  it('heeds firewall: false of the file’s own cluster alone', async () => {
    const config = w.write('shop.yaml', 'digitalocean: {region: sgp1}\ncluster: {name: shop, firewall: false}\n');
    const { code, stderr } = await w.belt(`--config ${config} swarm init node1`, { env: { BELT_CLUSTER: 'default' } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: MADE });
  });

  it('takes over no firewall that only has the name', async () => {
    const outbound_rules = [{ protocol: 'icmp', destinations: { addresses: ['0.0.0.0/0'] } }];
    await api(w, 'POST', '/v2/firewalls', { name: 'belt-default', outbound_rules });
    const { code, stderr } = await w.belt('swarm join node1 node2');
    expect({ code, warning: stderr.split('\n')[0] }).toEqual({
      code: 0,
      warning: `warning: ${PORTS}: no firewall is created, since there is one named belt-default that belt did not create`,
    });
    expect((await firewalls(w)).map(({ tags, inbound_rules }) => [tags ?? [], inbound_rules ?? []])).toEqual([
      [[], []],
    ]);
  });

  it.each(['GET/v2/firewalls', 'POST/v2/firewalls'])(
    'with a token that may not %s warns, and goes on',
    async (request) => {
      await breakIt(w, `403=always@${request}`);
      const { code, stderr } = await w.belt('swarm join node1 node2');
      const right = request.startsWith('GET') ? 'firewall:read' : 'firewall:create or tag:read';
      expect({ code, stderr: masked(stderr).split('\n')[0] }).toEqual({
        code: 0,
        stderr: `warning: ${PORTS} of the nodes may be open to the internet, since no firewall can be created: the token lacks the right ${right}; create one that has it (full access has all) at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN`,
      });
    },
  );
});

describe('belt firewall, where all but the swarm’s ports is open', () => {
  it('opens, closes and shows', async () => {
    expect((await w.belt('swarm init node1')).code).toBe(0);
    expect((await w.belt('firewall open 80')).stdout).toBe('80/tcp: open (unchanged)\n');
    expect((await w.belt('firewall close 80')).stdout).toBe('80/tcp: closed\n');
    expect((await w.belt('firewall show')).stdout).toBe(
      lines(
        'Rule    Protocol  Port        From',
        'open    tcp       1-79        everybody',
        'open    tcp       81-2374     everybody',
        'open    tcp       2378-7945   everybody',
        'open    tcp       7947-65535  everybody',
        'open    udp       1-4788      everybody',
        'open    udp       4790-7945   everybody',
        'open    udp       7947-65535  everybody',
        'open    icmp                  everybody',
        'swarm   tcp       every port  its nodes',
        'swarm   udp       every port  its nodes',
        'swarm   icmp                  its nodes',
      ),
    );
    const ssh = Number(w.env['DIGITALOCEAN_SSH_PORT']);
    expect((await w.belt('firewall allow-ssh 127.0.0.0/8 --yes')).code).toBe(0);
    const [made] = await firewalls(w);
    for (const rule of openIn(made!).filter((each) => each.startsWith('tcp'))) {
      const [first, last = first] = rule.slice(4).split('-').map(Number);
      expect(first! <= ssh && ssh <= last!).toBe(false);
    }
    expect((await w.belt('--host node1 docker ps -q')).code).toBe(0);
  });

  it('up puts its stricter one in its place, and plan tells what that shuts', async () => {
    expect((await w.belt('swarm init node1')).code).toBe(0);
    w.write(
      'up.yaml',
      'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-512mb-10gb}\ncluster: {name: default, managers: {nodes: node1}, workers: {nodes: "node[2:3]"}}\n',
    );
    const { stderr } = await w.belt('--config up.yaml plan');
    expect(stderr).toContain('firewall belt-default: will be changed');
    expect(stderr).toMatch(/closes .*to everybody/);
    expect((await w.belt('--config up.yaml up --yes')).code).toBe(0);
    const [made, ...others] = await firewalls(w);
    expect(others).toEqual([]);
    expect(openIn(made!)).toEqual([`tcp ${w.env['DIGITALOCEAN_SSH_PORT']}`]);
  });
});
