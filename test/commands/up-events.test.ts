// What `belt up` says to a log, and to a program.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { apart } from '../support/coming-up.ts';
import { breakIt, mend, names, until } from '../support/probe.ts';
import type { Outcome } from '../support/world.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}
cluster:
  name: shop
  managers: {nodes: m1, size: s-1vcpu-1gb}
  workers:
    - {nodes: "w[1:2]", size: s-1vcpu-1gb, labels: {tier: web}}
  vpc: shop
  firewall: {open: [80]}
`;
const NODES = ['m1', 'w1', 'w2'];
const TIME = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Event extends Record<string, unknown> {
  event: string;
  time: string;
  node?: string;
}

/** Every line is an event of its time; they stand in the order of their times. */
function events({ stdout }: Outcome): Event[] {
  const all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);
  for (const { time } of all) expect(time).toMatch(TIME);
  expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).toSorted());
  return all;
}

const of = (all: readonly Event[], name: string): Event[] => all.filter(({ event }) => event === name);

const clusterWorld = (words?: string): World => {
  const w = world();
  w.write('.belt.yaml', CLUSTER);
  beforeAll(() => w.sandbox(words));
  afterAll(() => w.end());
  return w;
};

describe('a log of belt up', () => {
  // So long that nobody is up when the run that made them is interrupted, however the clock leaps.
  const w = clusterWorld('--boot-seconds 100 --api-latency 0');

  it('reads well: a line a change, and what belt did', async () => {
    const started = w.start('up --yes');
    const made = () => apart({ code: 0, ...started.so() }).nodes;
    await until('they are made', () => NODES.every((name) => made().includes(`${name}: created (N s)`)));
    started.interrupt();
    const { code, stderr, nodes } = apart(await started.outcome);
    expect({ code, stderr, nodes }).toEqual({
      code: 130,
      stderr: [
        'VPC shop: will be created in sgp1',
        'firewall belt-shop: will be created',
        '3 nodes, a firewall and a VPC to create; 18.00 USD a month (0.027 an hour)',
        'firewall belt-shop: created',
        'VPC shop: created in sgp1',
        'error: interrupted: m1,w[1:2] exist; billed: 18.00 USD a month (0.027 an hour)',
        'hint: continue: belt up · or remove: belt down',
        '',
      ].join('\n'),
      nodes: NODES.map((name) => `${name}: created (N s)`),
    });
  });

  it('while it waits for what an earlier run made: counts; no colour in any of it', async () => {
    const { code, stdout, stderr } = await w.belt('up --yes');
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 0, last: 'shop: 3 nodes, up to date' });
    // Those that do not answer yet when it looks; on a slow machine some have come up meanwhile.
    expect(stderr).toMatch(
      /^\d of [1-3] ready, \d+ s(, about \d+ s left)?: (booting|waiting for (SSH|Docker)|running cloud-init) \d/,
    );
    expect(stderr).not.toContain('\x1b');
    expect(apart({ code, stdout, stderr }).nodes).toEqual(NODES.map((name) => `${name}: ready after N s`));
  });

  it('--quiet leaves all of it out', async () => {
    await w.belt('rm -y w2');
    expect((await w.belt('up --yes --quiet')).stderr).toBe('');
  });
});

describe('a log of belt create', () => {
  const w = clusterWorld('--boot-seconds 12 --api-latency 0');

  it('names the phases that took time', async () => {
    const { stderr } = await w.belt('create 512mb slow1');
    expect(stderr).toMatch(
      /^slow1: created \(0\.\d s\)\nslow1: has an address \(\d+(\.\d)? s\)\n(slow1: .* \(\d+(\.\d)? s\)\n)*slow1: ready after \d+(\.\d)? s\n$/,
    );
  });
});

describe('belt up --json', () => {
  const w = clusterWorld();

  it('is events, from the plan to the end, and nothing else anywhere', async () => {
    const outcome = await w.belt('up --yes --json');
    const all = events(outcome);
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    expect(all.slice(0, 3)).toMatchObject([
      { event: 'plan', cluster: 'shop', changes: 5, nodes: NODES.map((name) => ({ name, create: true })) },
      { event: 'firewall', firewall: 'belt-shop', done: 'made' },
      { event: 'vpc', vpc: 'shop', region: 'sgp1', done: 'made' },
    ]);
    expect(all.at(-1)).toEqual({
      event: 'end',
      time: expect.any(String),
      cluster: 'shop',
      nodes: 3,
      right: true,
      failed: [],
      drift: [],
      exitCode: 0,
    });
    expect(of(all, 'end')).toHaveLength(1);
    expect(of(all, 'swarm')).toMatchObject([{ node: 'm1', already: false }]);
    expect(of(all, 'changed').map(({ node, labels }) => [node, labels])).toEqual([
      ['w1', { tier: 'web' }],
      ['w2', { tier: 'web' }],
    ]);
  });

  it('each node is in one phase after another, joins and is ready, in this order', async () => {
    await w.belt('rm -y w[1:2]');
    const all = events(await w.belt('up --yes --json'));
    for (const name of ['w1', 'w2']) {
      const own = all.filter(({ node }) => node === name);
      const steps = own.map(({ event, phase }) => (event === 'phase' ? phase : event));
      // A host that drops a connection while it boots is waited for again.
      // One that has its address when it is first seen does not boot in anybody's eyes; the others do so first of all.
      expect([-1, 1]).toContain(steps.indexOf('booting'));
      expect([...new Set(steps)].filter((step) => step !== 'booting')).toEqual([
        'creating',
        'waiting for SSH',
        'running cloud-init',
        'waiting for Docker',
        'joining the swarm',
        'joined',
        'ready',
        'changed',
      ]);
      const seconds = own.flatMap((event) => ('seconds' in event ? [event['seconds'] as number] : []));
      expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
    }
    // rm had removed their entries.
    expect(of(all, 'forgotten')).toEqual([]);
  });

  it('holds no secret', async () => {
    await w.belt('rm -y w1');
    const { stdout, stderr } = await w.belt('up --yes --json --trace');
    expect(stdout).toContain('"event":"joined"');
    const tokens = await Promise.all(
      ['worker', 'manager'].map(async (role) => (await w.belt(`--host m1 docker swarm join-token -q ${role}`)).stdout),
    );
    for (const secret of [w.env['DIGITALOCEAN_ACCESS_TOKEN']!, ...tokens.map((token) => token.trim())]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(stdout + stderr).not.toContain(secret);
    }
    expect(stdout).not.toContain('PRIVATE KEY');
  });

  it('where nothing is to be done is the end alone; cluster provision says the same', async () => {
    for (const words of ['up --json', 'cluster provision shop --json']) {
      const outcome = await w.belt(words);
      expect(events(outcome)).toMatchObject([{ event: 'end', cluster: 'shop', nodes: 3, right: true, exitCode: 0 }]);
      expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  it('--dry-run stays one document, as plan does', async () => {
    const [dry, plan] = await Promise.all([w.belt('up --dry-run --json'), w.belt('plan --json')]);
    expect(JSON.parse(dry.stdout)).toMatchObject({ cluster: 'shop', changes: 0 });
    expect(dry.stdout).toBe(plan.stdout);
  });

  it('a node that differs is a warning, there and for people', async () => {
    w.write('.belt.yaml', CLUSTER.replace('m1, size: s-1vcpu-1gb', 'm1, size: s-1vcpu-2gb'));
    const outcome = await w.belt('up --json');
    w.write('.belt.yaml', CLUSTER);
    const [warning, end] = events(outcome);
    expect([warning, end]).toMatchObject([
      { event: 'warning', node: 'm1' },
      { event: 'end', right: false, failed: [], drift: [{ node: 'm1' }], exitCode: 4 },
    ]);
    expect(outcome.stderr).toBe(`warning: ${warning!['text']}\n`);
  });

  it('what is removed is told', async () => {
    w.write('.belt.yaml', CLUSTER.replace('w[1:2]', 'w1'));
    const all = events(await w.belt('up --yes --prune --json'));
    w.write('.belt.yaml', CLUSTER);
    expect(of(all, 'plan')[0]).toMatchObject({ remove: [{ name: 'w2' }] });
    expect(of(all, 'removed')).toMatchObject([{ node: 'w2' }]);
    expect(all.at(-1)).toMatchObject({ event: 'end', nodes: 2, right: true });
  });
});

describe('belt up --json that does not end well', () => {
  const w = clusterWorld();

  it('asks for consent: the plan, and the end with the exit code', async () => {
    const outcome = await w.belt('up --json');
    expect(events(outcome)).toMatchObject([
      { event: 'plan' },
      { event: 'end', right: false, failed: [], exitCode: 2, error: expect.stringMatching(/^up asks before/) },
    ]);
    expect(outcome.code).toBe(2);
  });

  it('a node that fails: an event of its own, and the end names it', async () => {
    await breakIt(w, 'no-ssh=always@w2');
    const outcome = await w.belt('up --yes --json --timeout 4');
    const all = events(outcome);
    expect(of(all, 'failed')[0]).toMatchObject({
      node: 'w2',
      phase: 'waiting for SSH',
      error: 'not reachable in time: connection refused',
    });
    expect(of(all, 'recreate')).toMatchObject([{ nodes: ['w2'] }]);
    expect(all.at(-1)).toMatchObject({ event: 'end', nodes: 3, right: false, failed: ['w2'], exitCode: 3 });
    expect(outcome.code).toBe(3);
    expect(JSON.parse(outcome.stderr)).toMatchObject({
      error: {
        kind: 'NodesFailed',
        message: '1 of 3 failed: w2',
        nodes: [{ name: 'w2', message: expect.stringContaining('not reachable in time: connection refused') }],
        exitCode: 3,
      },
    });
  });

  it('an interrupt: the end is still the last line', async () => {
    const started = w.start('up --yes --json --timeout 60');
    await until('it waits', () => started.so().stdout.includes('waiting for SSH'));
    started.interrupt();
    const outcome = await started.outcome;
    expect(events(outcome).at(-1)).toMatchObject({ event: 'end', right: false, failed: [], exitCode: 130 });
    expect(outcome.code).toBe(130);
  });

  it('a file that describes nothing: the end alone', async () => {
    await mend(w);
    w.write('.belt.yaml', 'digitalocean: {region: sgp1}\n');
    const outcome = await w.belt('up --yes --json');
    expect(events(outcome)).toEqual([
      {
        event: 'end',
        time: expect.any(String),
        right: false,
        failed: [],
        drift: [],
        error: expect.any(String),
        exitCode: 2,
      },
    ]);
    w.write('.belt.yaml', CLUSTER);
  });
});

describe('belt down --json', () => {
  const w = clusterWorld();

  it('is one document, also where nothing is left', async () => {
    expect((await w.belt('up --yes')).code).toBe(0);
    const { code, stdout } = await w.belt('down --yes --json');
    expect({ code, removed: JSON.parse(stdout).map(({ name }: { name: string }) => name) }).toEqual({
      code: 0,
      removed: NODES,
    });
    expect(await w.belt('down --yes --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await names(w)).toEqual([]);
  });
});
