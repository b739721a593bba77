// `belt up` and `belt plan` say of a cluster what is so: nodes that left, are off, elsewhere, or differ are not called right.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timings } from '../../src/sandbox/engine/timings.ts';
import { type World, world } from '../support/belt.ts';
import { act, api, droplet, lines, names, onHost, posts, until } from '../support/probe.ts';

const file = (more: { workers?: string; size?: string } = {}) =>
  `digitalocean: {region: sgp1, image: docker-20-04, size: ${more.size ?? 's-1vcpu-1gb'}}
cluster:
  name: shop
  managers: {nodes: "m[1:3]", size: s-1vcpu-1gb}
  workers: {nodes: "${more.workers ?? 'w[1:2]'}"}
  firewall: false
`;
const ALL = ['m1', 'm2', 'm3', 'w1', 'w2'];
const RIGHT = { code: 0, last: 'shop: 5 nodes, up to date' };

async function up(w: World, words = '') {
  const { code, stdout, stderr } = await w.belt(`up --yes ${words}`);
  return { code, last: stdout.trimEnd().split('\n').at(-1), stderr };
}

/** The swarm's entries as m1 has them, sorted. */
async function entries(w: World): Promise<string[]> {
  const { stdout } = await onHost(w, 'm1', "docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'");
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trimEnd().replace(/Leader|Reachable/, 'manager'))
    .toSorted();
}
const ENTRIES = ['m1 Ready manager', 'm2 Ready manager', 'm3 Ready manager', 'w1 Ready', 'w2 Ready'];

const joinWords = async (w: World, role: string) => {
  const { stdout } = await onHost(w, 'm1', `docker swarm join-token -q ${role}`);
  return `docker swarm join --token ${stdout.trim()} ${(await droplet(w, 'm1')).privateAddress}:2377`;
};

describe('a cluster of which something is not as the file says', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file());
    await w.sandbox();
    expect(await up(w)).toMatchObject(RIGHT);
  }, 180_000);
  afterAll(() => w.end());

  it('what left the swarm joins again, and its old entry goes', async () => {
    await onHost(w, 'w2', 'docker swarm leave');
    const plan = await w.belt('plan');
    expect({ code: plan.code, w2: plan.stdout.split('\n').find((line) => line.includes('w2')) }).toEqual({
      code: 4,
      w2: '~ w2      worker    s-1vcpu-1gb         6.00  join as worker',
    });
    expect(await up(w)).toMatchObject(RIGHT);
    expect(await entries(w)).toEqual(ENTRIES);
  });

  it('a manager that left and joined again by hand stays one: its dead entry goes', async () => {
    await onHost(w, 'm3', 'docker swarm leave --force');
    await onHost(w, 'm3', await joinWords(w, 'manager'));
    expect(await entries(w)).toHaveLength(6);
    const done = await up(w);
    expect(done).toMatchObject(RIGHT);
    expect(done.stderr).not.toMatch(/is a (worker|manager) now/);
    expect(await entries(w)).toEqual(ENTRIES);
  });

  it('one that founded a swarm of its own is taken out of it only by force', async () => {
    await onHost(w, 'w1', 'docker swarm leave');
    await onHost(w, 'w1', `docker swarm init --advertise-addr ${(await droplet(w, 'w1')).privateAddress}`);
    const refused = await up(w);
    expect(refused).toMatchObject({ code: 3, last: 'shop: 4 of 5 nodes up to date; w1 is in another swarm' });
    expect(refused.stderr).toBe(
      lines(
        'w1: stale swarm entry, will be removed',
        'w1 is in another swarm; move it to this one: belt up --force',
        '1 stale swarm entry to remove; 1 node is in another swarm; 30.00 USD a month (0.045 an hour)',
        'w1: stale swarm entry removed',
        'warning: w1 is in another swarm; move it to this one: belt up --force',
      ),
    );
    expect((await w.belt('plan')).code).toBe(4);
    expect(await up(w, '--force')).toMatchObject(RIGHT);
    expect(await entries(w)).toEqual(ENTRIES);
  });

  it('one that is powered off is told, with what helps, and is right again once it is on', async () => {
    await act(w, 'w2', 'power_off');
    const off = await up(w);
    expect(off).toMatchObject({ code: 3, last: 'shop: 4 of 5 nodes up to date; w2 is powered off' });
    expect(off.stderr).toBe(
      'warning: w2 is powered off; power it on in the control panel, or recreate it (its data is lost): belt up --replace w2\n',
    );
    const json = await w.belt('up --yes --json');
    expect(JSON.parse(json.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      event: 'end',
      right: false,
      failed: ['w2'],
      drift: [],
      exitCode: 3,
    });
    expect((await w.belt('plan')).code).toBe(4);
    await act(w, 'w2', 'power_on');
    // It may still boot: that is waited for.
    await until('w2 is back', async () => (await onHost(w, 'w2', 'docker info').catch(() => ({ code: 1 }))).code === 0);
    expect(await up(w)).toMatchObject(RIGHT);
  });

  it('what somebody deleted a moment ago is made again, and its entry goes once the swarm sees that it is down', async () => {
    await api(w, 'DELETE', `/v2/droplets/${(await droplet(w, 'w2')).id}`);
    expect(await up(w)).toMatchObject(RIGHT);
    expect(await entries(w)).toEqual(ENTRIES);
  });

  it('an entry that a new leader takes longest to see as down goes all the same', async () => {
    // As swarmkit: three heartbeats of at most 5.5 s, and six of them where the leader is new.
    const { heartbeatMs } = timings;
    timings.heartbeatMs = 16_500;
    try {
      await onHost(w, 'w2', 'docker swarm leave');
      await act(w, 'm1', 'power_cycle');
      expect(await up(w)).toMatchObject(RIGHT);
    } finally {
      timings.heartbeatMs = heartbeatMs;
    }
    expect(await entries(w)).toEqual(ENTRIES);
  });

  it('a size that differs is drift: in the last line, and 4', async () => {
    w.write('.belt.yaml', file({ size: 's-1vcpu-2gb' }));
    const differs = await up(w);
    const plan = await w.belt('plan');
    w.write('.belt.yaml', file());
    expect(differs).toMatchObject({
      code: 4,
      last: 'shop: 3 of 5 nodes up to date; w[1:2] differ in size',
    });
    const line =
      'has the size s-1vcpu-1gb, but the file says s-1vcpu-2gb; recreate it (its data is lost): belt up --replace';
    expect({ code: plan.code, stderr: plan.stderr }).toEqual({
      code: 4,
      stderr: lines(
        `w1 ${line} w1`,
        `w2 ${line} w2`,
        'nothing to change; 2 nodes differ in size; 30.00 USD a month (0.045 an hour)',
      ),
    });
  });

  it('a node that was taken out of the file is billed until it is pruned', async () => {
    w.write('.belt.yaml', file({ workers: 'w1' }));
    const [plan, pruning] = [await w.belt('plan'), await w.belt('plan --prune')];
    w.write('.belt.yaml', file());
    expect(plan.code).toBe(4);
    expect(plan.stderr.replace(/droplet \d+/, 'droplet ID')).toBe(
      lines(
        'w2 is not in the file (droplet ID); remove it: belt up --prune',
        'nothing to change; 1 droplet is not in the file; 30.00 USD a month (0.045 an hour)',
      ),
    );
    expect(pruning.stderr).toBe(lines('1 node to remove; 30.00 USD a month now, then 24.00 (0.036 an hour)'));
  });

  it('a manager whose droplet lost the tag of the cluster is not created a second time', async () => {
    const { id } = await droplet(w, 'm2');
    const resources = { resources: [{ resource_id: String(id), resource_type: 'droplet' }] };
    await api(w, 'DELETE', '/v2/tags/belt-cluster-shop/resources', resources);
    const before = await posts(w);
    const lost = await up(w);
    expect(lost).toMatchObject({
      code: 3,
      last: 'shop: 4 of 5 nodes up to date; m2 exists without the tag belt-cluster-shop',
    });
    expect({ posts: await posts(w), names: await names(w), entries: await entries(w) }).toEqual({
      posts: before,
      names: ALL,
      entries: ENTRIES,
    });
    await api(w, 'POST', '/v2/tags/belt-cluster-shop/resources', resources);
    expect(await up(w)).toMatchObject(RIGHT);
  });

  it('a member that is no droplet of the cluster is left alone when it is down, and told', async () => {
    const key = (await api(w, 'GET', '/v2/account/keys')) as { ssh_keys: { id: number }[] };
    await api(w, 'POST', '/v2/droplets', {
      name: 'gpu',
      region: 'sgp1',
      size: 's-1vcpu-1gb',
      image: 'docker-20-04',
      ssh_keys: key.ssh_keys.map(({ id }) => id),
    });
    await until('gpu is up', async () => (await onHost(w, 'gpu', 'docker info').catch(() => ({ code: 1 }))).code === 0);
    expect((await onHost(w, 'gpu', await joinWords(w, 'worker'))).code).toBe(0);
    await act(w, 'gpu', 'power_off');
    await until('the swarm sees it', async () => (await entries(w)).includes('gpu Down'));
    expect(await up(w)).toMatchObject(RIGHT);
    expect(await entries(w)).toContain('gpu Down');
    expect((await w.belt('plan')).stderr).toMatch(
      /^gpu \(10\.\S+, down\) is in the swarm, but is not a droplet of the cluster; it is left alone$/m,
    );
  });

  it('the active node is gone: another one is chosen, and said', async () => {
    w.write('.belt.yaml', file({ workers: 'w[1:3]' }));
    expect((await up(w)).code).toBe(0);
    expect((await w.belt('active w3')).code).toBe(0);
    await api(w, 'DELETE', `/v2/droplets/${(await droplet(w, 'w3')).id}`);
    w.write('.belt.yaml', file());
    const { stderr } = await up(w);
    expect(stderr).toContain('w3 is gone; m1 is the active node: belt docker talks to it\n');
    expect((await w.belt('docker info')).code).toBe(0);
  });

  it('without the state folder: trust is what helps, and nothing is removed', async () => {
    w.write('.belt.yaml', file({ workers: 'w[1:5]' }));
    expect((await up(w)).last).toBe('shop: 8 nodes, up to date');
    const state = w.env['BELT_STATE_DIR'] ?? join(w.cwd, '.belt');
    rmSync(state, { recursive: true, force: true });
    const refused = await w.belt('up --yes');
    expect({ code: refused.code, stderr: refused.stderr }).toEqual({
      code: 1,
      stderr: lines(
        'error: cannot tell whether m[1:3],w[1:5] are in a swarm: the host keys of m[1:3],w[1:5] are not known here',
        'hint: belt trust m1 (and so for m[2:3],w[1:5]) · then run the same command again',
      ),
    });
    const plan = await w.belt('plan');
    expect({ code: plan.code, row: plan.stdout.split('\n')[1] }).toEqual({
      code: 4,
      row: '? m1      manager   s-1vcpu-1gb         6.00  host key not known ?',
    });
    expect(await w.belt('trust m1 -y')).toMatchObject({ code: 0 });
    // The others are what the manager says, until they are trusted.
    expect((await up(w)).last).toBe('shop: 8 nodes, up to date');
  });
});

describe('plan', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file());
    await w.sandbox('--boot-seconds 300 --api-latency 0');
  });
  afterAll(() => w.end());

  it.each([
    ['region', file().replace('region: sgp1', 'region: spg1'), 'there is no region "spg1"'],
    ['image', file().replace('docker-20-04', 'docker-20-05'), 'there is no image "docker-20-05"'],
    ['size', file({ size: 's-1vcpu-3gb' }), 'there is no size "s-1vcpu-3gb"'],
    ['size at all', file().replace(', size: s-1vcpu-1gb}\ncluster', '}\ncluster'), 'no size is set for w1 and others'],
  ])('checks what create --dry-run checks: there is no such %s', async (_what, text, message) => {
    w.write('.belt.yaml', text);
    const { code, stdout, stderr } = await w.belt('plan');
    w.write('.belt.yaml', file());
    expect({ code, stdout, error: /^error: (.*)$/m.exec(stderr)?.[1] }).toEqual({
      code: 2,
      stdout: '',
      error: message,
    });
  });

  it.each([
    ['size', 'size: s-1vcpu-1gb', 'size: s-1vcpu-3gb', 'there is no size "s-1vcpu-3gb"'],
    ['region', 'region: sgp1', 'region: spg1', 'there is no region "spg1"'],
    ['image', 'docker-20-04', 'docker-20-05', 'there is no image "docker-20-05"'],
  ])('advises to recreate no droplet for a %s that there is not', async (_what, right, wrong, error) => {
    const made = world();
    try {
      const one =
        'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\ncluster: {managers: {nodes: m1}}\n';
      made.write('.belt.yaml', one);
      await made.sandbox();
      expect(await made.belt('up --yes')).toMatchObject({ code: 0 });
      made.write('.belt.yaml', one.replace(right, wrong));
      for (const words of ['plan', 'up --yes']) {
        const { code, stdout, stderr } = await made.belt(words);
        expect({ code, stdout, error: /^error: (.*)$/m.exec(stderr)?.[1] }).toEqual({ code: 2, stdout: '', error });
      }
    } finally {
      await made.end();
    }
  });

  it('right after Ctrl-C of up: what still boots is not ready yet, and nothing is to be removed', async () => {
    const started = w.start('up --yes');
    await until('belt knows of them', () => started.so().stderr.includes('created ('), 60_000);
    started.interrupt();
    expect((await started.outcome).code).toBe(130);
    const { code, stdout, stderr } = await w.belt('plan');
    expect(code).toBe(4);
    expect(stdout.match(/^\?.*not ready yet \?/gm)).toHaveLength(5);
    expect(stderr).toContain('5 nodes unknown; 30.00 USD a month');
    expect(stderr).toContain('warning: cannot tell whether m[1:3],w[1:2] are in a swarm: ');
    expect(stderr).not.toContain('belt rm');
  });
});
