// What a cluster's firewall comes to: who gets into its nodes and its swarm, and what plan says when somebody took it away.
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, lines, onHost, told, until, writes } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
`;

const up = async (w: World) => expect(await w.belt('up --yes')).toMatchObject({ code: 0 });

/** Whether a host's sshd says a word: a firewall that shuts it out leaves the caller waiting. */
const greets = (address: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, address);
    const settle = (heard: boolean) => {
      socket.destroy();
      resolve(heard);
    };
    // What has come while this process was kept from running is read first.
    socket.setTimeout(250, () => setTimeout(settle, 50, false));
    socket.once('data', () => settle(true));
    socket.once('error', () => settle(false));
  });

describe('who gets in', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    await up(w);
  });
  afterAll(() => w.end());

  const m1 = async () => (await w.status()).droplets.find(({ name }) => name === 'm1')!;
  const answers = async () => greets((await m1()).publicAddress, Number(w.env['DIGITALOCEAN_SSH_PORT']));

  it('a node of another cluster does not get into the swarm', async () => {
    const outside = { env: { BELT_CLUSTER: 'other' } };
    expect((await w.belt('create 512mb o1', outside)).code).toBe(0);
    const token = (await w.belt('--host m1 docker swarm join-token -q worker')).stdout.trim();
    const { code, stderr } = await w.belt(
      ['--host', 'o1', 'docker', 'swarm', 'join', '--token', token, `${(await m1()).privateAddress}:2377`],
      outside,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('Timeout was reached before node joined'),
    });
    expect((await w.belt('--host m1 docker node ls -q')).stdout.trim().split('\n')).toHaveLength(1);
  });

  it('allow-ssh asks before it shuts this machine out', async () => {
    const before = await writes(w);
    expect(told(await w.belt('firewall allow-ssh 203.0.113.0/24'))).toEqual({
      code: 2,
      error: 'allow-ssh asks before it locks out this machine (127.0.0.1), but there is no terminal to ask on',
      hint: 'add 127.0.0.1, or --yes if you are sure',
    });
    expect(await writes(w)).toBe(before);
    expect(await answers()).toBe(true);
  });

  it('plan says what a firewall that somebody took away, or took off the nodes, comes to when up mends it', async () => {
    const { firewalls } = (await api(w, 'GET', '/v2/firewalls')) as { firewalls: { id: string }[] };
    const { id } = firewalls[0]!;
    await api(w, 'DELETE', `/v2/firewalls/${id}/tags`, { tags: ['belt-cluster-shop'] });
    expect((await w.belt('firewall show')).stderr).toBe(
      'warning: belt-shop does not apply to belt-cluster-shop: belt up fixes it\n',
    );
    expect((await w.belt('plan')).stderr).toContain(
      lines('firewall belt-shop: will be changed', '  applies to its droplets again'),
    );
    await api(w, 'DELETE', `/v2/firewalls/${id}`);
    expect((await w.belt('plan')).stderr).toContain(
      lines(
        'firewall belt-shop: will be created',
        `  of what can reach the droplets now, only this stays open: ${w.env['DIGITALOCEAN_SSH_PORT']}/tcp from everybody`,
      ),
    );
    await up(w);
    expect((await w.belt('plan')).code).toBe(0);
  });

  it('whoever is not among them gets no word of SSH, and gets in again when they are', async () => {
    expect((await w.belt('firewall allow-ssh 203.0.113.0/24 --yes')).stdout).toBe(lines('SSH: from 203.0.113.0/24'));
    await until('it is shut', async () => !(await answers()));
    const { stdout, stderr } = await w.belt('firewall allow-ssh 198.51.100.0/24');
    expect({ stdout, note: stderr.split('\n')[0] }).toEqual({
      stdout: lines('SSH: from 198.51.100.0/24'),
      note: 'no node could be reached over SSH to check whether this machine is among these addresses',
    });
    expect((await w.belt('firewall allow-ssh 127.0.0.0/8 --yes')).code).toBe(0);
    await until('it is open', answers);
    expect((await onHost(w, 'm1', 'hostname')).stdout).toBe('m1\n');
  });
});
