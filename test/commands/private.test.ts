// Nodes without a public address, reached through a jump host.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { lines, told } from '../support/probe.ts';

const w = world();
const CONFIG = `---
digitalocean:
  region: sgp1
  image: 18153887
  ssh_key_fingerprint: 816630
  ssh_jump: '@manager'
`;

beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node1');
});
afterAll(() => w.end());

const NO_JUMP = {
  message: 'no jump host is set for w[1:2], which are to have no public address',
  hint: "set ssh_jump in .belt.yaml: user@host, a node's name, or '@manager'",
};
const NO_GATEWAY = {
  message: 'VPC default-sgp1 has no NAT gateway: w[1:2] could not download anything',
  hint: 'create a gateway for the VPC at DigitalOcean (Networking, NAT gateways), or give the nodes public addresses',
};

test('private nodes are not created without a way in and a way out; what lacks is told at once', async () => {
  const { code, stderr } = await w.belt('create 512mb w[1:2] --private');
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: [NO_JUMP, NO_GATEWAY].map(({ message, hint }) => lines(`error: ${message}`, `hint: ${hint}`)).join(''),
  });
  const inJson = await w.belt('create 512mb w[1:2] --private --json');
  expect(JSON.parse(inJson.stderr)).toEqual({
    error: {
      kind: 'SeveralProblems',
      message: `${NO_JUMP.message}; ${NO_GATEWAY.message}`,
      problems: [NO_JUMP, NO_GATEWAY],
      exitCode: 2,
    },
  });
  w.write('.belt.yaml', CONFIG);
});

test('nor without a way out', async () => {
  expect(told(await w.belt('create 512mb w1 --private'))).toEqual({
    code: 1,
    error: 'VPC default-sgp1 has no NAT gateway: w1 could not download anything',
    hint: 'create a gateway for the VPC at DigitalOcean (Networking, NAT gateways), or give the nodes public addresses',
  });
  await makeNatGateway(w);
});

test('they are created, waited for and listed with their private addresses', async () => {
  const { code, stdout } = await w.belt('create 512mb w[1:2] --private');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: lines(
      'ID              Name    Public (private) IPv4   Memory  VCPUs   Disk',
      '18511682        w1      (10.104.0.3)            512     1       10',
      '18511683        w2      (10.104.0.4)            512     1       10',
    ),
  });
  expect((await w.belt('ls w1')).stdout).toContain('(10.104.0.3)');
});

test('the rest works as on any other node', async () => {
  const { stdout, ...end } = await w.belt('exec w[1:2] -- hostname');
  expect(end).toEqual({ code: 0, stderr: '2 ok\n' });
  expect(stdout.split('\n').toSorted()).toEqual(['', 'w1 | w1', 'w2 | w2']);
  expect((await w.belt('swarm init node1')).code).toBe(0);
  expect((await w.belt('swarm join node1 w[1:2]')).stdout).toBe(
    lines('w1: This node joined a Swarm as a worker.', 'w2: This node joined a Swarm as a worker.'),
  );
  w.write('app.conf', 'on\n');
  expect((await w.belt('scp app.conf w[1:2]:/etc/')).code).toBe(0);
  expect((await w.belt('exec w1 -- cat /etc/app.conf')).stdout).toBe('w1 | on\n');
});

describe('up', () => {
  const c = world();
  beforeAll(async () => {
    await c.sandbox();
    await makeNatGateway(c);
    c.write(
      '.belt.yaml',
      `${CONFIG}  size: s-1vcpu-1gb
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]", public: false}
  firewall: {ssh_from: [127.0.0.0/8]}
`,
    );
  });
  afterAll(() => c.end());

  test('makes private workers beside the manager that they are reached through, and lets it in', async () => {
    const { code, stderr } = await c.belt('up --yes');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect((await c.belt('docker node ls --format {{.Hostname}}')).stdout).toBe('m1\nw1\nw2\n');
    expect(await c.belt('plan')).toMatchObject({ code: 0 });
    expect((await c.belt('firewall show')).stdout).toMatch(/^swarm +tcp +\d{5} +its nodes$/m);
  });

  test('down removes them', async () => {
    expect(await c.belt('down --yes')).toMatchObject({ code: 0 });
    expect((await c.status()).droplets).toEqual([]);
  });
});

test('nor in a region whose default VPC is yet to be made', async () => {
  const fresh = world();
  await fresh.sandbox('--new-account');
  fresh.write('.belt.yaml', CONFIG.replace("'@manager'", 'node1'));
  expect((await fresh.belt('create 512mb node1')).code).toBe(0);
  expect(told(await fresh.belt('create 512mb w1 --private --region nyc1 --image docker-20-04'))).toEqual({
    code: 1,
    error: 'the default VPC of nyc1, which is yet to be made, has no NAT gateway: w1 could not download anything',
    hint: NO_GATEWAY.hint,
  });
  await fresh.end();
});
