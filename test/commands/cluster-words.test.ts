// `belt cluster …`: many clusters from one folder, and which of them a command is about.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { lines, told as said } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}
cluster:
  name: web
  managers: {nodes: w1, size: s-1vcpu-1gb}
`;

/** Where this world's descriptions are: the sandbox has a state folder of its own. */
const shown = (name: string): string => `.belt/clusters/${name}.yaml`;
const described = (w: World, name: string): string => join(w.cwd, shown(name));

describe('a cluster beside the file’s own', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', FILE);
    await w.sandbox();
  });
  afterAll(() => w.end());

  it('new describes it and chooses it', async () => {
    const words =
      'cluster new shop --manager m[1:3] --manager-size s-1vcpu-1gb --worker 2 --worker-size s-2vcpu-2gb --label tier=web --vpc shop';
    const { code, stdout, stderr } = await w.belt(words);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'shop\n' });
    expect(stderr).toBe(`described in ${shown('shop')}; review it: belt plan · create it: belt up\n`);
    expect((await w.belt('cluster config')).stdout).toBe(
      lines(
        '# Edit this file as you like: `belt plan` shows what a change would do.',
        '',
        'cluster:',
        '  name: shop',
        '  managers:',
        '    nodes: m[1:3]',
        '    size: s-1vcpu-1gb',
        '  workers:',
        '    - nodes: shop-worker[1:2]',
        '      size: s-2vcpu-2gb',
        '      labels:',
        '        tier: web',
        '  vpc: shop',
      ),
    );
  });

  it('new refuses a name that exists', async () => {
    expect(said(await w.belt('cluster new shop'))).toMatchObject({
      code: 2,
      error: `the cluster shop already exists: ${shown('shop')} describes it`,
    });
    expect(said(await w.belt('cluster new web'))).toMatchObject({
      code: 2,
      error: 'the cluster web already exists: .belt.yaml describes it',
    });
  });

  it('up makes the chosen one, not the file’s', async () => {
    const { code, stdout } = await w.belt('up --yes');
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 5 nodes, up to date',
    });
    const { droplets } = await w.status();
    expect(droplets.map(({ name }) => name).toSorted()).toEqual(['m1', 'm2', 'm3', 'shop-worker1', 'shop-worker2']);
  });

  it('ls shows both, with the leader and the managers', async () => {
    expect(await w.belt('cluster ls')).toEqual({
      code: 0,
      stdout: lines(
        'Cluster   Chosen  Leader  Managers  Nodes',
        'shop      *       m1      m[1:3]    5',
        'web                                 0',
      ),
      stderr: '',
    });
    expect((await w.belt('cluster ls -q')).stdout).toBe('shop\nweb\n');
    expect(JSON.parse((await w.belt('cluster ls --json')).stdout)[0]).toEqual({
      cluster: 'shop',
      chosen: true,
      described: shown('shop'),
      leader: 'm1',
      masters: ['m1', 'm2', 'm3'],
      nodes: 5,
    });
  });

  it('ls lists the droplets once, however many clusters there are', async () => {
    const count = async () => (await w.status()).requests.total;
    const before = await count();
    await w.belt('cluster ls');
    expect((await count()) - before).toBe(1);
  });

  it('the active node is a cluster’s own', async () => {
    await w.belt('active m2');
    expect((await w.belt('cluster use web')).stdout).toBe('web\n');
    expect(said(await w.belt('docker info'))).toMatchObject({ code: 1, error: 'no node is active' });
    expect(said(await w.belt('--host m2 docker info'))).toMatchObject({
      code: 2,
      error: 'the droplet "m2" belongs to another cluster',
    });
    expect((await w.belt('docker info', { env: { BELT_CLUSTER: 'shop' } })).stdout).toContain('Name: m2');
    expect((await w.belt('ls -q')).stdout).toBe('');
  });

  it('BELT_CLUSTER beats the choice, which beats the file', async () => {
    const cluster = async (env: Record<string, string>) =>
      JSON.parse((await w.belt('plan --json', { env })).stdout).cluster;
    expect(await cluster({})).toBe('web');
    await w.belt('cluster use shop');
    expect([await cluster({}), await cluster({ BELT_CLUSTER: 'web' })]).toEqual(['shop', 'web']);
    const { stderr } = await w.belt('cluster use web', { env: { BELT_CLUSTER: 'shop' } });
    expect(stderr).toBe('warning: BELT_CLUSTER=shop takes precedence\n');
    // The file's own cluster is no choice: another name in the file is followed.
    w.write('.belt.yaml', FILE.replace('web', 'site'));
    expect(await cluster({})).toBe('site');
    w.write('.belt.yaml', FILE);
  });

  it('what the file says of one cluster is never made under another’s name', async () => {
    expect(said(await w.belt('up --yes', { env: { BELT_CLUSTER: 'stage' } }))).toEqual({
      code: 2,
      error: 'no file describes the cluster stage',
      hint: 'describe it: belt cluster new stage · from its droplets: belt cluster import stage',
    });
    expect(said(await w.belt('plan', { env: { BELT_CLUSTER: 'shpo' } })).hint).toBe('did you mean shop?');
  });

  it('a choice that somebody broke is no reason to work on another cluster', async () => {
    const path = join(w.env['BELT_STATE_DIR']!, 'projects.json');
    const kept = readFileSync(path);
    writeFileSync(path, JSON.stringify({ [w.cwd]: { cluster: 'a b' } }));
    expect(said(await w.belt('ls'))).toEqual({
      code: 2,
      error: `${path} is corrupt: it does not say which cluster was chosen`,
      hint: 'remove it, then choose again: belt cluster use NAME',
    });
    writeFileSync(path, kept);
  });

  it('update changes the description and leaves comments; provision carries it out from elsewhere', async () => {
    const path = described(w, 'shop');
    writeFileSync(path, readFileSync(path, 'utf8').replace('  workers:', '  # for the shop\n  workers:'));
    const { code, stderr } = await w.belt('cluster update shop --label tier=front');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `${shown('shop')} updated; apply it: belt cluster provision shop\n`,
    });
    expect(readFileSync(path, 'utf8')).toContain('  # for the shop\n  workers:');
    const up = await w.belt('cluster provision shop --worker 3 --yes');
    expect({ code: up.code, last: up.stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 6 nodes, up to date',
    });
    const labels = await w.belt('--host m1 docker node inspect shop-worker3 --format {{.Spec.Labels}}', {
      env: { BELT_CLUSTER: 'shop' },
    });
    expect(labels.stdout).toBe('map[tier:front]\n');
  });

  it('show tells what there is and what it costs', async () => {
    const { code, stdout } = await w.belt('cluster show shop');
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toBe(`shop: described in ${shown('shop')}`);
    expect(stdout).toMatch(/^m1 +\d+ +leader +active +127\./m);
    expect(stdout).toMatch(/^m2 +\d+ +manager +active /m);
    expect(stdout.trim().split('\n').slice(-2)).toEqual(['VPC shop in sgp1', '6 droplets, 72.00 USD a month']);
    expect((await w.belt('cluster show')).stdout).toMatch(/^w1 +manager\? +missing /m);
  });

  it('rm takes the droplets and the description away, and the choice of it', async () => {
    await w.belt('cluster use shop');
    expect(said(await w.belt('cluster rm shop'))).toMatchObject({
      code: 2,
      error: 'cluster rm shop asks before it deletes, but there is no terminal to ask on',
    });
    const { code, stderr } = await w.belt('cluster rm shop --yes');
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: `${shown('shop')}: removed`,
    });
    expect(existsSync(described(w, 'shop'))).toBe(false);
    expect((await w.belt('cluster ls')).stdout).toBe(
      lines('Cluster   Chosen  Leader  Managers  Nodes', 'web       *                         0'),
    );
    expect(said(await w.belt('cluster rm shop --yes'))).toMatchObject({ code: 2, error: 'there is no cluster shop' });
  });
});

describe('a colleague’s cluster', () => {
  const w = world();
  let own: { env: Record<string, string> };
  beforeAll(async () => {
    w.write(
      '.belt.yaml',
      `${FILE.replace('web', 'shop').replace('w1', '"m[1:2]"')}  workers:
    - {nodes: "w[1:2]", size: s-2vcpu-2gb, labels: {tier: web}}
    - {nodes: db, size: s-4vcpu-8gb, availability: drain}
  vpc: shop
  firewall: {ssh_from: [127.0.0.0/8], open: [80, 53/udp, 8000-8010]}
`,
    );
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    w.write('.belt.yaml', FILE);
    own = { env: { BELT_STATE_DIR: join(w.home, 'colleague') } };
  });
  afterAll(() => w.end());

  it('ls finds it, and says what it cannot know', async () => {
    const { stdout, stderr } = await w.belt('cluster ls', own);
    expect(stdout).toBe(
      lines(
        'Cluster   Chosen  Leader  Managers  Nodes',
        'shop                                5',
        'web       *                         0',
      ),
    );
    expect(stderr).toBe(
      'warning: shop: cannot query the swarm: the host key of db is not known here (BELT_CLUSTER=shop belt trust db)\n',
    );
  });

  it('new does not describe beside it, import needs the swarm’s word', async () => {
    expect(said(await w.belt('cluster new shop', own))).toEqual({
      code: 2,
      error: 'the cluster shop already exists: droplets have its tag',
      hint: 'adopt it as it is: belt cluster import shop',
    });
    expect(said(await w.belt('cluster import shop', own))).toMatchObject({
      code: 1,
      error:
        'only the swarm of shop knows its roles, but the host key of its droplets (db,m[1:2],w[1:2]) is not known here',
    });
    const trusted = await w.belt('trust w1 -y', { env: { ...own.env, BELT_CLUSTER: 'shop' } });
    expect(trusted.stdout).toBe('w1: pinned\n');
    // A worker does not know the nodes, but who manages them.
    expect(said(await w.belt('cluster import shop', own)).hint).toMatch(
      /^BELT_CLUSTER=shop belt trust m[12], then the same/,
    );
  });

  it('import describes it so that plan finds nothing to do', async () => {
    await w.belt('trust m1 -y', { env: { ...own.env, BELT_CLUSTER: 'shop' } });
    const { code, stdout, stderr } = await w.belt('cluster import shop', own);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'shop\n',
      stderr: `5 nodes described in .belt/clusters/shop.yaml; compare: belt cluster use shop, then: belt plan\n`,
    });
    await w.belt('cluster use shop', own);
    const plan = await w.belt('plan --json', own);
    expect({ code: plan.code, changes: JSON.parse(plan.stdout).changes }).toEqual({ code: 0, changes: 0 });
    expect(said(await w.belt('cluster import shop', own)).hint).toBe('--force overwrites it');
  });

  it('without its swarm the user says who manages, and is told what is not known', async () => {
    const bare = { env: { BELT_STATE_DIR: join(w.home, 'bare') } };
    const { code, stderr } = await w.belt('cluster import shop --force --manager m*', bare);
    expect({ code, warning: stderr.split('\n')[0] }).toEqual({
      code: 0,
      warning: 'warning: the swarm could not be queried: labels and availability are not known',
    });
  });
});

describe('wrong words', () => {
  const w = world();
  afterAll(() => w.end());

  it.each([
    ['cluster new', 'belt cluster new needs a name'],
    ['cluster new a/b', `a cluster's name must be at most 200 letters, digits, ":", "-" and "_", not "a/b"`],
    ['cluster new x --manager n[3:1]', '--manager: "n[3:1]": the range 3:1 runs backwards'],
    ['cluster new x --manager 0', '--manager 0: a swarm needs a manager'],
    ['cluster new x --manager n1 --worker n[1:2]', 'n1 cannot be a manager and a worker'],
    ['cluster new x --label tier', '--label must be key=value, not "tier"'],
    ['cluster new x --label tier=web', 'clusters/x.yaml has no workers'],
    ['cluster update', 'nothing to update: no options given'],
    ['cluster provision nope', 'no file describes the cluster nope'],
  ])('%s', async (words, message) => {
    const { code, error } = said(await w.belt(words));
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(message) });
    expect(existsSync(join(w.cwd, '.belt', 'clusters'))).toBe(false);
  });
});
