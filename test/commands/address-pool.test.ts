// Where the overlay networks of a new swarm have their addresses: beside the VPC of its nodes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { api, lines, writes } from '../support/probe.ts';

const config = (more: string) => `digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}
cluster: {name: shop, managers: {nodes: m1, size: s-1vcpu-1gb}${more}}
`;
const HINT = 'hint: choose another range, or leave it out: belt picks one outside the VPC';

describe('the address pool of overlay networks', () => {
  const w = world();
  beforeAll(() => w.sandbox('--boot-seconds 0 --api-latency 0'));
  afterAll(() => w.end());

  const pool = async (name: string) => {
    const format = '{{json .Swarm.Cluster.DefaultAddrPool}}';
    return JSON.parse((await w.belt(['--host', name, 'docker', 'info', '--format', format])).stdout) as string[];
  };
  const vpcs = async () => ((await api(w, 'GET', '/v2/vpcs')) as { vpcs: { name: string; ip_range: string }[] }).vpcs;

  it('is beside the VPC, by up and by swarm init', async () => {
    w.write('.belt.yaml', config(''));
    expect((await w.belt('up --yes')).code).toBe(0);
    expect(await pool('m1')).toEqual(['10.200.0.0/13']);
    expect((await w.belt('down --yes')).code).toBe(0);
    await w.belt('create 512mb n1');
    expect((await w.belt('swarm init n1')).code).toBe(0);
    expect(await pool('n1')).toEqual(['10.200.0.0/13']);
    await w.belt('rm -y n1');
  });

  it('is that of the file, where it overlaps nothing', async () => {
    w.write('.belt.yaml', config(', swarm: {default_addr_pool: 172.20.0.0/14}'));
    expect((await w.belt('up --yes')).code).toBe(0);
    expect(await pool('m1')).toEqual(['172.20.0.0/14']);
    expect((await w.belt('down --yes')).code).toBe(0);
  });

  it("that overlaps the region's VPC is refused by plan and up before anything is made", async () => {
    const { name, ip_range: range } = (await vpcs()).find((vpc) => vpc.name.includes('sgp1'))!;
    w.write('.belt.yaml', config(', swarm: {default_addr_pool: [10.0.0.0/8]}'));
    const before = await writes(w);
    for (const words of ['plan', 'up --yes']) {
      const { code, stderr } = await w.belt(words);
      const error = `error: .belt.yaml: cluster.swarm.default_addr_pool: 10.0.0.0/8 overlaps the VPC ${name}, which is ${range}`;
      expect({ code, stderr }).toEqual({ code: 2, stderr: lines(error, HINT) });
    }
    expect(await writes(w)).toBe(before);
  });

  it('comes first: a VPC that is made gets a range beside it', async () => {
    w.write('.belt.yaml', config(', vpc: own, swarm: {default_addr_pool: [10.0.0.0/8, 172.16.0.0/16]}'));
    expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
    expect((await vpcs()).find((vpc) => vpc.name === 'own')?.ip_range).toBe('172.19.0.0/20');
    expect(await pool('m1')).toEqual(['10.0.0.0/8', '172.16.0.0/16']);
    expect((await w.belt('down --yes')).code).toBe(0);
  });

  it('that leaves no range for a VPC is refused before anything is made', async () => {
    const all = '10.0.0.0/8, 172.19.0.0/16, 172.20.0.0/14, 172.24.0.0/13, 192.168.0.0/16';
    w.write('.belt.yaml', config(`, vpc: own, swarm: {default_addr_pool: [${all}]}`));
    const before = await writes(w);
    for (const words of ['plan', 'up --yes']) {
      const { code, stderr } = await w.belt(words);
      const error = `error: .belt.yaml: cluster.swarm.default_addr_pool: ${all} leaves no range for the VPC own, which is to be made`;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: lines(error, 'hint: name smaller ranges, or none: belt takes one beside the VPC'),
      });
    }
    expect(await writes(w)).toBe(before);
  });
});

it('an address pool in a region without a VPC: that its range is not known yet is told before anything is made', async () => {
  const w = world();
  await w.sandbox('--new-account');
  w.write('.belt.yaml', config(', swarm: {default_addr_pool: [10.0.0.0/8]}'));
  expect((await w.belt('plan')).stderr).toContain(
    'warning: .belt.yaml: cluster.swarm.default_addr_pool: sgp1 has no VPC yet, and DigitalOcean chooses its range, which may overlap; name one that belt makes beside the pool: vpc: shop\n',
  );
  w.write('.belt.yaml', config(', vpc: shop, swarm: {default_addr_pool: [10.0.0.0/8]}'));
  expect((await w.belt('plan')).stderr).not.toContain('warning');
  await w.end();
});
