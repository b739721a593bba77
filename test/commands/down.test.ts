// `belt down`; what it does of lists that lie is in false-lists.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Started, world } from '../support/belt.ts';
import { type Gate, gate } from '../support/gate.ts';
import { api, droplet, lines, writes } from '../support/probe.ts';
import { account } from '../support/shop.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: w1}
`;

describe('belt down', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  const shown = lines(
    'cluster shop (.belt.yaml), sandbox',
    '2 droplets and all data on them will be deleted:',
    '  m1  18511681  127.1.0.1  sgp1  s-1vcpu-1gb  active  leader, ready',
    '  w1  18511682  127.1.0.2  sgp1  s-1vcpu-1gb  active  worker, ready',
    'this removes the whole swarm',
    'firewall belt-shop will be deleted',
  );

  test('asks first: without a terminal it shows what goes, and leaves it', async () => {
    const before = await writes(w);
    expect(await w.belt('down')).toEqual({
      code: 2,
      stdout: '',
      stderr: `${shown}error: down asks before it deletes, but there is no terminal to ask on\nhint: add --yes if you are sure\n`,
    });
    expect(await writes(w)).toBe(before);
  });

  test('removes the droplets, then what stood around them', async () => {
    expect(await w.belt('down --yes')).toEqual({
      code: 0,
      stdout: lines('m1: removed', 'w1: removed'),
      stderr: `${shown}shop: nothing is billed any more\n`,
    });
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });

  test('nothing is left to remove', async () => {
    expect(await w.belt('down --yes')).toEqual({ code: 0, stdout: 'shop: nothing to delete\n', stderr: '' });
    expect(await w.belt('down --yes --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });
});

describe('belt down where others are behind the firewall', () => {
  const w = world();
  let stranger: number;
  beforeAll(async () => {
    w.write('.belt.yaml', FILE.replace('workers: {nodes: w1}', 'vpc: shop'));
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    const { vpcs } = (await api(w, 'GET', '/v2/vpcs')) as { vpcs: { id: string; name: string }[] };
    const vpc_uuid = vpcs.find(({ name }) => name === 'shop')!.id;
    const order = { name: 'db', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', vpc_uuid };
    stranger = ((await api(w, 'POST', '/v2/droplets', order)) as { droplet: { id: number } }).droplet.id;
    const { firewalls } = (await api(w, 'GET', '/v2/firewalls')) as { firewalls: { id: string }[] };
    await api(w, 'POST', `/v2/firewalls/${firewalls[0]!.id}/droplets`, { droplet_ids: [stranger] });
  });
  afterAll(() => w.end());

  test('keeps it, and the VPC, and says so', async () => {
    expect((await w.belt('down --dry-run')).stdout).not.toContain('firewall');
    const { code, stdout, stderr } = await w.belt('down --yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('m1: removed') });
    expect(stderr).toContain('warning: firewall belt-shop is kept: it also protects db\n');
    expect(stderr).not.toContain('firewall belt-shop will be deleted');
    expect(stderr).toContain('VPC shop is kept: it contains something that belt did not create\n');
    expect(await account(w)).toEqual({ droplets: ['db'], firewalls: ['belt-shop'], vpcs: ['shop'] });
  });

  test('deletes both once they are gone', async () => {
    await api(w, 'DELETE', `/v2/droplets/${stranger}`);
    expect(await w.belt('down --yes')).toMatchObject({ code: 0 });
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: [] });
  });
});

describe('belt down in a region that had no VPC', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE.replace('workers: {nodes: w1}', 'vpc: shop'));
    await w.sandbox('--new-account');
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  const KEPT =
    'VPC shop is kept: it is the default VPC of sgp1, which DigitalOcean does not delete; nothing is billed for it\n';

  test('keeps the VPC that became the default, and ends well', async () => {
    expect((await w.belt('down --dry-run')).stdout).not.toContain('VPC');
    expect(JSON.parse((await w.belt('down --dry-run --json')).stdout)).toMatchObject({ vpc: null });
    const { code, stdout, stderr } = await w.belt('down --yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('m1: removed') });
    expect(stderr).toContain(`\n${KEPT}`);
    expect(stderr).not.toContain('VPC shop will be deleted');
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: ['shop'] });
  });

  test('says so again, and ends well again', async () => {
    expect(await w.belt('down --yes')).toEqual({ code: 0, stdout: 'shop: nothing to delete\n', stderr: KEPT });
  });

  test('deletes it once another is the default', async () => {
    expect((await w.belt('up --yes')).code).toBe(0);
    const order = { name: 'other', region: 'sgp1' };
    const { vpc } = (await api(w, 'POST', '/v2/vpcs', order)) as { vpc: { id: string } };
    await api(w, 'PATCH', `/v2/vpcs/${vpc.id}`, { default: true });
    expect(await w.belt('down --yes')).toMatchObject({ code: 0 });
    expect(await account(w)).toEqual({ droplets: [], firewalls: [], vpcs: ['other'] });
  });
});

describe('belt down and a droplet that only carries the tag', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    const order = {
      name: 'db',
      region: 'sgp1',
      size: 's-1vcpu-1gb',
      image: 'docker-20-04',
      tags: ['belt-cluster-shop'],
    };
    await api(w, 'POST', '/v2/droplets', order);
  });
  afterAll(() => w.end());

  const LEFT = lines(
    'warning: db: has the tag of shop, but was not created by belt: left alone (belt rm --any NAME deletes one)',
    'warning: firewall belt-shop is kept: it also protects db',
  );

  test('leaves it, and the firewall around it', async () => {
    const { code, stderr } = await w.belt('down --yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(LEFT) });
    expect(await account(w)).toEqual({ droplets: ['db'], firewalls: ['belt-shop'], vpcs: [] });
  });

  test('nothing of belt’s is left, which down and cluster rm say alike', async () => {
    const nothing = { code: 0, stdout: "shop: nothing of belt's to delete\n" };
    expect(await w.belt('down --yes')).toEqual({ ...nothing, stderr: LEFT });
    const removed = await w.belt('cluster rm shop --yes');
    expect(removed).toMatchObject(nothing);
    expect(removed.stderr).toContain(LEFT);
  });
});

describe('belt down beside another cluster', () => {
  const w = world();
  const vpc = (name: string) =>
    FILE.replace('name: shop', `name: ${name}`).replace('workers: {nodes: w1}', `vpc: ${name}`);
  beforeAll(async () => {
    await w.sandbox();
    for (const name of ['Blue', 'shop2', 'shop']) {
      w.write('.belt.yaml', vpc(name));
      expect((await w.belt('up --yes')).code).toBe(0);
    }
  });
  afterAll(() => w.end());

  const both = { droplets: ['m1', 'm1'], firewalls: ['belt-Blue', 'belt-shop2'], vpcs: ['Blue', 'shop2'] };

  test('takes what is its own, whose name begins as that of another', async () => {
    w.write('.belt.yaml', vpc('shop'));
    expect((await w.belt('down --yes')).code).toBe(0);
    expect(await account(w)).toEqual(both);
  });

  test('knows its VPC and firewall in another spelling of its name', async () => {
    w.write('.belt.yaml', vpc('blue'));
    const { code, stderr } = await w.belt('down --yes');
    expect({ code, said: stderr.split('\n').slice(-4, -1) }).toEqual({
      code: 0,
      said: ['firewall belt-Blue will be deleted', 'VPC Blue will be deleted', 'blue: nothing is billed any more'],
    });
    expect(await account(w)).toEqual({ droplets: ['m1'], firewalls: ['belt-shop2'], vpcs: ['shop2'] });
  });
});

describe('belt down and a member of the swarm that is not belt’s to delete', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    // Somebody took belt's own tag off it.
    const { id } = await droplet(w, 'w1');
    const resources = [{ resource_id: String(id), resource_type: 'droplet' }];
    await api(w, 'DELETE', '/v2/tags/belt/resources', { resources });
  });
  afterAll(() => w.end());

  test('is not left in a swarm without managers, unless by force', async () => {
    const before = await writes(w);
    expect(await w.belt('down --yes')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: without m1 the swarm would lose its quorum: no manager would be left',
        'hint: bring back managers that are down, or add others first · to remove the whole cluster: belt down · to do it anyway: --force',
      ),
    });
    // A colleague, who has no host keys, cannot even tell.
    const colleague = await w.belt('down --yes', { env: { BELT_STATE_DIR: `${w.cwd}/colleague` } });
    expect({ code: colleague.code, error: /^error: (.*)$/m.exec(colleague.stderr)?.[1] }).toEqual({
      code: 1,
      error: 'cannot tell whether m1,w1 are in a swarm: the host keys of m1,w1 are not known here',
    });
    expect(await writes(w)).toBe(before);
    const { code, stdout, stderr } = await w.belt('down --yes --force');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'm1: removed\n' });
    expect(stderr).toContain(
      'warning: --force: without m1 the swarm would lose its quorum: no manager would be left\n',
    );
    expect(await account(w)).toEqual({ droplets: ['w1'], firewalls: ['belt-shop'], vpcs: [] });
  });
});

test.each([
  ['down --yes --force', 'belt down --force'],
  ['rm -y w1', 'belt rm w1'],
  ['rm -y w1 --any --force --timeout 60', 'belt rm w1 --any --force --timeout 60'],
])('belt %s, interrupted, is continued with: %s', async (words, again) => {
  const w = world();
  let run: Started | undefined;
  let at: Gate | undefined;
  try {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
    at = await gate(w, { before: ({ method }) => (method === 'DELETE' ? run?.interrupt() : undefined) });
    expect((await w.belt('up --yes', { env: at.env })).code).toBe(0);
    run = w.start(words, { env: at.env });
    expect((await run.outcome).stderr).toContain(`\nhint: continue: ${again}\n`);
  } finally {
    at?.close();
    await w.end();
  }
});
