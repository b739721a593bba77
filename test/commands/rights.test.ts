// Tokens that may not do all: nothing that costs is left, and the message names the right that is missing.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { api, breakIt, info, lines, mend, names } from '../support/probe.ts';

const HINT =
  'hint: create one that has it (full access has all) at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';
const lacks = (right: string) => lines(`error: the token lacks the right ${right}`, HINT);
const errorOf = (stderr: string) => stderr.slice(stderr.indexOf('error:'));

const file = (more = '') => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "m[1:2]"}
${more}`;
const NETWORKED = file('  vpc: shop\n  firewall: {open: [80]}\n');

async function mine(w: World): Promise<{ firewalls: number; vpcs: number; droplets: string[] }> {
  const count = async (path: string, what: string) =>
    ((await api(w, 'GET', path)) as Record<string, { name: string }[]>)[what]!.filter(({ name }) =>
      /^(belt|shop)/.test(name),
    ).length;
  return {
    firewalls: await count('/v2/firewalls', 'firewalls'),
    vpcs: await count('/v2/vpcs', 'vpcs'),
    droplets: await names(w),
  };
}

describe('belt create', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\n');
  });
  afterAll(() => w.end());
  afterEach(() => mend(w));

  it.each([
    ['GET/v2/account$', 'account:read'],
    ['GET/v2/account/keys', 'ssh_key:read'],
    ['GET/v2/droplets', 'droplet:read'],
    ['GET/v2/images', 'image:read'],
    ['GET/v2/regions', 'regions:read'],
    ['GET/v2/sizes', 'sizes:read or regions:read'],
    ['POST/v2/droplets', 'droplet:create, image:read, ssh_key:read or tag:create'],
  ])('without the right for %s', async (request, right) => {
    await breakIt(w, `403=always@${request}`);
    const { stderr, ...end } = await w.belt('create 512mb node[1:12]');
    // Requests that are refused one after another are told one after another, too.
    const told = stderr.replace(/^node\[\d+:\d+\]: failed after \d+\.\d s: the token lacks the right .*\n/gm, '');
    expect({ ...end, stderr: told }).toEqual({ code: 1, stdout: '', stderr: lacks(right) });
    expect(await names(w)).toEqual([]);
  });

  it('without that for a key, where the account has none of yours', async () => {
    await api(w, 'DELETE', '/v2/account/keys/816630');
    await breakIt(w, '403=always@POST/v2/account/keys');
    expect(await w.belt('create 512mb node1')).toEqual({ code: 1, stdout: '', stderr: lacks('ssh_key:create') });
    expect(await names(w)).toEqual([]);
  });

  it('with a token that may only read', async () => {
    await api(w, 'DELETE', '/v2/account/keys/816630').catch(() => {});
    const env = { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken };
    expect(await w.belt('create 512mb node1', { env })).toMatchObject({ code: 1, stderr: lacks('ssh_key:create') });
    expect((await w.belt('create 512mb node1')).code).toBe(0);
    expect(await w.belt('create 512mb node2', { env })).toMatchObject({
      code: 1,
      stderr: lacks('droplet:create, image:read, ssh_key:read or tag:create'),
    });
    const { code, stderr } = await w.belt('rm -y node1', { env });
    expect({ code, error: errorOf(stderr) }).toEqual({ code: 1, error: lacks('droplet:delete') });
    expect(await names(w)).toEqual(['node1']);
  });

  it('with --rollback and without the right to delete, what stands is told', async () => {
    await breakIt(w, 'no-ssh@node2');
    await breakIt(w, '403=always@DELETE/v2/droplets');
    const { code, stderr } = await w.belt('create 512mb node2 --rollback --timeout 4');
    expect(code).toBe(3);
    expect(stderr).toContain('rolled back: 0 of 1 droplets deleted\n');
    expect(stderr).toContain('  node2: the token lacks the right droplet:delete (create one that has it');
    expect(await names(w)).toContain('node2');
  });
});

describe('belt up', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    w.write('.belt.yaml', NETWORKED);
  });
  afterAll(() => w.end());
  afterEach(() => mend(w));

  const NOTHING = { firewalls: 0, vpcs: 0, droplets: [] };
  const up = async (words = '') => {
    const { code, stderr } = await w.belt(`up --yes ${words}`);
    return { code, error: errorOf(stderr) };
  };

  it('with a token that may only read: plan works, up makes nothing', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken };
    expect(await w.belt('plan', { env })).toMatchObject({ code: 4 });
    const { code, stderr } = await w.belt('up --yes', { env });
    expect({ code, error: errorOf(stderr) }).toEqual({ code: 1, error: lacks('tag:create') });
    expect(await mine(w)).toEqual(NOTHING);
  });

  it.each([
    ['GET/v2/vpcs', 'vpc:read', NOTHING],
    ['GET/v2/firewalls', 'firewall:read', NOTHING],
    ['POST/v2/tags', 'tag:create', NOTHING],
    ['POST/v2/firewalls', 'firewall:create or tag:read', NOTHING],
    ['POST/v2/vpcs', 'vpc:create', { ...NOTHING, firewalls: 1 }],
    [
      'POST/v2/droplets',
      'droplet:create, image:read, ssh_key:read, tag:create or vpc:read',
      { ...NOTHING, firewalls: 1, vpcs: 1 },
    ],
  ])('without the right for %s no droplet is made', async (request, right, left) => {
    await breakIt(w, `403=always@${request}`);
    expect(await up()).toEqual({ code: 1, error: lacks(right) });
    await mend(w);
    expect(await mine(w)).toEqual(left);
  });

  it('without the right to change the firewall no droplet is made', async () => {
    w.write('.belt.yaml', NETWORKED.replace('80', '443'));
    await breakIt(w, '403=always@PUT/v2/firewalls');
    expect(await up()).toEqual({ code: 1, error: lacks('firewall:update or tag:read') });
    expect((await mine(w)).droplets).toEqual([]);
  });

  it('--replace without the right to delete: nothing is made beside what stands, and up joins it again', async () => {
    expect(await up()).toMatchObject({ code: 0 });
    await breakIt(w, '403=always@DELETE/v2/droplets');
    const { code, error } = await up('--replace m2');
    expect({ code, error }).toEqual({
      code: 3,
      error: lines(
        'error: 1 of 1 failed: m2',
        `  m2: the token lacks the right droplet:delete (${HINT.replace('hint: ', '')})`,
        'hint: run the same command again',
      ),
    });
    expect((await mine(w)).droplets).toEqual(['m1', 'm2']);
    await mend(w);
    expect(await up()).toMatchObject({ code: 0 });
    const { stdout } = await w.belt([
      ...['--host', 'm1', 'docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'],
    ]);
    expect(stdout.trim().split('\n').toSorted()).toEqual(['m1 Ready Leader', 'm2 Ready Reachable']);
  });
});
