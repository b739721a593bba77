// `belt rm` and `belt down` as a person meets them: who may go, in which order the hosts are asked, and what is never taken.
import { mkdirSync, rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { act, api, droplet, lines, names, onHost, stateFile, told, until, writes } from '../support/probe.ts';

const SANDBOX = '--boot-seconds 0 --api-latency 0 --rate-limit 0/0/0';
const file = (
  name: string,
  managers: string,
  workers?: string,
) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: ${name}
  managers: {nodes: "${managers}"}
${workers === undefined ? '' : `  workers: {nodes: "${workers}"}\n`}`;

/** The swarm's list, as a manager has it. */
async function listed(w: World, manager: string): Promise<string[]> {
  const format = '{{.Hostname}} {{.Status}} {{.ManagerStatus}}';
  const { stdout } = await onHost(w, manager, `docker node ls --format '${format}'`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .toSorted();
}

describe('belt rm in a swarm of three managers and two workers', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('shop', 'm[1:3]', 'w[1:2]'));
    await w.sandbox(SANDBOX);
    const { code, stderr } = await w.belt('up --yes');
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(() => w.end());

  it('two managers at once are refused, and nothing is changed', async () => {
    const before = await writes(w);
    expect(told(await w.belt('rm -y m2 m3'))).toMatchObject({
      code: 1,
      error: 'without m[2:3] the swarm would lose its quorum: 1 of 3 managers would be left',
    });
    expect(await writes(w)).toBe(before);
    expect(await listed(w, 'm1')).toHaveLength(5);
  });

  it('@worker is the workers, and "all but managers" spares the managers', async () => {
    for (const words of ['@worker', '@all,!@manager']) {
      const { code, stdout } = await w.belt(['rm', words, '--dry-run', '--json']);
      expect({ code, chosen: JSON.parse(stdout).map(({ name }: { name: string }) => name) }).toEqual({
        code: 0,
        chosen: ['w1', 'w2'],
      });
    }
    const ls = await w.belt('ls -q @manager');
    expect(ls.stdout).toBe(lines('m1', 'm2', 'm3'));
  });

  it('what would be removed is told with its cluster, where that comes from, roles and states', async () => {
    const { code, stderr } = await w.belt('rm m1 w2', { env: { BELT_CLUSTER: 'shop' } });
    expect(code).toBe(2);
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      'cluster shop (BELT_CLUSTER), sandbox',
      '2 droplets and all data on them will be deleted:',
      expect.stringMatching(/^ {2}m1 .* active {2}leader, ready$/),
      expect.stringMatching(/^ {2}w2 .* active {2}worker, ready$/),
    ]);
  });

  it('a worker leaves no entry', async () => {
    expect(await w.belt('rm -y w2')).toMatchObject({ code: 0, stdout: 'w2: removed\n' });
    expect(await listed(w, 'm2')).toEqual(['m1 Ready Leader', 'm2 Ready Reachable', 'm3 Ready Reachable', 'w1 Ready']);
  });

  it('the leader hands over, and the others go on', async () => {
    expect(await w.belt('rm -y m1')).toMatchObject({ code: 0, stdout: 'm1: removed\n' });
    const list = await listed(w, 'm2');
    expect(list).toHaveLength(3);
    expect(list.join()).toMatch(/m2 Ready Leader,m3 Ready Reachable|m2 Ready Reachable,m3 Ready Leader/);
  });

  it('with one of two managers off the other cannot be asked: who is missing is said', async () => {
    await act(w, 'm3', 'power_off');
    await until('m2 sees no leader', async () => (await onHost(w, 'm2', 'docker node ls')).code !== 0);
    const before = await writes(w);
    const refused = await w.belt('rm -y w1');
    expect(told(refused)).toEqual({
      code: 1,
      error: 'the swarm has lost its quorum: 1 of 2 managers answers (m2), and 2 must: m3 is powered off',
      hint: expect.stringMatching(
        /^power m3 on in the control panel · .*belt --host m2 docker swarm init --force-new-cluster/,
      ),
    });
    expect(await writes(w)).toBe(before);
  });

  it('--force says what it skips, and deletes', async () => {
    const forced = await w.belt('rm -y --force w1');
    expect(forced.stderr).toContain('warning: --force: the swarm has lost its quorum');
    expect(forced).toMatchObject({ code: 0, stdout: 'w1: removed\n' });
  });

  it('all that is left of it can go: the swarm ends, and that is said', async () => {
    const { code, stdout } = await w.belt('rm -y @all');
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('m2: removed', 'm3: removed') });
    expect(await names(w)).toEqual([]);
  });
});

describe('belt rm of nodes that were promoted while they were off', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('late', 'm1', 'w[1:2]'));
    await w.sandbox(SANDBOX);
    const { code, stderr } = await w.belt('up --yes');
    if (code !== 0) throw new Error(stderr);
    for (const name of ['w1', 'w2']) await act(w, name, 'power_off');
    await until('m1 sees both down', async () => (await listed(w, 'm1')).join() === 'm1 Ready Leader,w1 Down,w2 Down');
    expect((await onHost(w, 'm1', 'docker node promote w1 w2')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('they have no vote yet: the swarm does not lose its quorum without them, and no entry stays', async () => {
    expect(await w.belt('rm -y w1')).toMatchObject({ code: 0, stdout: 'w1: removed\n' });
    expect(await listed(w, 'm1')).toEqual(['m1 Ready Leader', 'w2 Down']);
    expect(await w.belt('rm -y w2')).toMatchObject({ code: 0, stdout: 'w2: removed\n' });
    expect(await listed(w, 'm1')).toEqual(['m1 Ready Leader']);
  });
});

describe('what belt does not take', () => {
  const w = world();
  const order = { region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04', ssh_keys: [816630] };
  beforeAll(async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    await w.sandbox(SANDBOX);
    const env = { BELT_CLUSTER: 'shop' };
    await w.belt('create n1', { env });
    await api(w, 'POST', '/v2/droplets', { ...order, name: 'theirs', tags: ['theirs'] });
    await api(w, 'POST', '/v2/droplets', { ...order, name: 'tagged', tags: ['belt-cluster-shop'] });
    await api(w, 'POST', '/v2/droplets', {
      ...order,
      name: 'both',
      tags: ['belt', 'belt-cluster-shop', 'belt-cluster-blue'],
    });
  });
  afterAll(() => w.end());

  it.each(['*', '@all', 't*', 'n[1:1]', '@all,!@manager', '{n1,theirs}'])(
    'BELT_CLUSTER=empty belt rm -y --any %s: a pattern stays in its cluster',
    async (words) => {
      const before = await names(w);
      const { code, stderr } = await w.belt(['rm', '-y', '--any', words], { env: { BELT_CLUSTER: 'empty' } });
      expect({ code, any: stderr.includes('--any') }).toEqual({ code: expect.toBeOneOf([1, 2]), any: false });
      expect(await names(w)).toEqual(before);
    },
  );

  it.each(['@all', '*'])('BELT_CLUSTER=shop belt rm %s: what lacks a tag is told and left', async (words) => {
    const { stderr, stdout } = await w.belt(['rm', '--dry-run', '-q', ...words.split(' ')], {
      env: { BELT_CLUSTER: 'shop' },
    });
    expect(stdout).toMatch(/^n1: would be deleted .*\n$/);
    expect(stderr).toContain('tagged has the tag of shop, but was not created by belt: it is left alone');
  });

  it.each([
    ['tagged', 'tagged has the tag of shop, but was not created by belt'],
    ['both', 'both belongs to several clusters: shop, blue'],
  ])('BELT_CLUSTER=shop belt rm -y %s: needs --any', async (name, error) => {
    for (const cluster of ['shop', 'SHOP']) {
      const end = told(await w.belt(`rm -y ${name}`, { env: { BELT_CLUSTER: cluster } }));
      expect(end).toEqual({
        code: 2,
        error: error.replace('of shop,', `of ${cluster},`),
        hint: 'if you are sure, --any removes it anyway, by its name or id',
      });
    }
    expect(await names(w)).toContain(name);
  });

  it.each(['tagged', 'both'])('%s is known by its id and its address, too', async (name) => {
    const { id, publicAddress } = await droplet(w, name);
    for (const word of [String(id), publicAddress!]) {
      const { code, error } = told(await w.belt(`rm -y ${word}`, { env: { BELT_CLUSTER: 'shop' } }));
      expect({ word, code, error }).toEqual({
        word,
        code: 2,
        error: expect.stringMatching(new RegExp(`^${name} (has the tag of shop, but|belongs to several clusters)`)),
      });
    }
    expect(await names(w)).toContain(name);
  });

  it('down leaves them, and says so', async () => {
    const { code, stdout, stderr } = await w.belt('down --yes', { env: { BELT_CLUSTER: 'Shop' } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'n1: removed\n' });
    expect(stderr).toContain('tagged: has the tag of Shop, but was not created by belt: left alone');
    expect(stderr).toContain('both: belongs to several clusters (shop, blue): left alone');
    expect(stderr).toContain('still billed: tagged,both, 2 droplets, 12.00 USD a month');
    expect(await names(w)).toEqual(['both', 'tagged', 'theirs']);
  });

  it('each goes by its name with --any, after it was said that belt did not make it', async () => {
    const { code, stderr } = await w.belt('rm -y --any tagged theirs both', { env: { BELT_CLUSTER: 'shop' } });
    expect(code).toBe(0);
    expect(stderr).toContain('warning: tagged,theirs: not created by belt');
    expect(await names(w)).toEqual([]);
  });

  it('a firewall of the same name that belt did not make is neither changed nor deleted', async () => {
    const world = { addresses: ['0.0.0.0/0', '::/0'] };
    const rules = {
      inbound_rules: [{ protocol: 'tcp', ports: '22', sources: world }],
      outbound_rules: [{ protocol: 'tcp', ports: '1-65535', destinations: world }],
    };
    await api(w, 'POST', '/v2/firewalls', { name: 'belt-mine', ...rules });
    w.write('.belt.yaml', file('mine', 'm1'));
    expect(told(await w.belt('up --yes'))).toMatchObject({
      code: 1,
      error: 'there is a firewall named belt-mine that belt did not create',
    });
    expect(await names(w)).toEqual([]);
    expect((await w.belt('down --yes')).stdout).toBe('mine: nothing to delete\n');
    const { firewalls } = (await api(w, 'GET', '/v2/firewalls')) as { firewalls: { name: string }[] };
    expect(firewalls.map(({ name }) => name)).toContain('belt-mine');
  });

  it('what looks like a size and is none is no name', async () => {
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    expect(told(await w.belt('create s-1vcpu-3gb node1'))).toMatchObject({
      code: 2,
      error: 'there is no size "s-1vcpu-3gb"',
    });
    expect(await names(w)).toEqual([]);
  });
});

describe('a removal that cannot be done', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('shop', 'm1', 'w1'));
    await w.sandbox(SANDBOX);
    await w.belt('up --yes');
  });
  afterAll(() => w.end());

  it('with a state folder that takes no writes nothing is deleted', async () => {
    // A folder where a file is to be written: root, too, cannot.
    const record = stateFile(w, 'removing-shop.json');
    mkdirSync(record);
    try {
      for (const words of ['rm -y w1', 'down --yes']) {
        expect(told(await w.belt(words))).toMatchObject({ code: 1, error: expect.stringContaining('cannot write') });
        expect(await names(w)).toEqual(['m1', 'w1']);
      }
    } finally {
      rmdirSync(record);
    }
  });

  it('down that may not delete ends 3, and says what is billed still', async () => {
    const { id } = await droplet(w, 'm1');
    await api(w, 'POST', '/sandbox/faults', { spec: `403=always@DELETE/v2/droplets/${id}` });
    const { code, stdout, stderr } = await w.belt('down --yes');
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'w1: removed\n' });
    expect(stderr).toContain('hint: still billed: m1, 1 droplet, 6.00 USD a month · run the same command again');
    await api(w, 'DELETE', '/sandbox/faults');
    expect(await w.belt('down --yes')).toMatchObject({ code: 0, stdout: 'm1: removed\n' });
  });
});
