// What changes a cluster waits while another run of belt changes it, and looks again before it does what was agreed to.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunOptions, type Started, world } from '../support/belt.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { act, names, onHost, until, writes } from '../support/probe.ts';

const PLAIN = 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n';
const file = (workers: string) =>
  `${PLAIN}cluster:\n  name: main\n  managers: {nodes: m1}\n  workers: {nodes: "${workers}"}\n`;
const WAITS = /^waiting for `belt deploy` \(process \d+, since \d\d:\d\d:\d\d\)…$/m;

const asked = async (run: Started, question: string): Promise<void> =>
  void (await until('it asks', () => run.so().stderr.includes(question)));

describe('while another run changes the cluster', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', PLAIN);
    w.env['BELT_CLUSTER'] = 'main';
    await w.sandbox();
    expect((await w.belt('create n[1:3]')).code).toBe(0);
  });
  afterAll(() => w.end());

  /** Nothing is sent while it waits. */
  async function waited(words: string, options: RunOptions = {}) {
    const before = await writes(w);
    const [run] = await meanwhile(w, [[words, options]], async () => {
      // Time in which it would do its work.
      await w.clock.sleep(5_000);
      expect(await writes(w)).toBe(before);
    });
    const { code, stdout, stderr } = await run!.outcome;
    expect({ words, code, waits: WAITS.test(stderr) }, stderr).toEqual({ words, code: 0, waits: true });
    return { stdout, stderr };
  }

  test('create waits, and finds what that made', async () => {
    const { stdout } = await waited('create n4');
    expect(stdout).toContain('n4');
  });

  test('swarm init and swarm join wait', async () => {
    await waited('swarm init n1');
    const { stdout } = await waited('swarm join n1 n[2:4]');
    expect(stdout).toContain('n2: This node joined a Swarm as a worker.\n');
  });

  test('rm waits', async () => {
    expect((await waited('rm -y n4')).stdout).toBe('n4: removed\n');
  });

  test('rm that was agreed to waits, too', async () => {
    const run = w.start('rm n3', { terminal: true, open: true });
    await asked(run, 'Delete 1 droplet? [y/N] ');
    const [other] = await meanwhile(w, [['rm -y n3', {}]], async () => {
      run.type('y\n');
      await until('it waits', () => WAITS.test(run.so().stderr));
      expect(await names(w)).toEqual(['n1', 'n2', 'n3']);
    });
    // Whichever comes first: the droplet goes once, and the other one says so.
    const ends = [await run.outcome, await other!.outcome];
    expect(await names(w)).toEqual(['n1', 'n2']);
    expect(ends.map(({ stdout }) => stdout).join('')).toBe('n3: removed\n');
  });

  test('down waits', async () => {
    expect((await waited('down --yes')).stdout).toBe('n1: removed\nn2: removed\n');
  });
});

describe('belt up and another run', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file('w1'));
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
  });
  afterAll(() => w.end());

  const QUESTION = 'Apply these changes? [y/N] ';

  test('up --yes waits for it', async () => {
    w.write('.belt.yaml', file('w[1:2]'));
    const [run] = await meanwhile(w, [['up --yes', {}]], async () => {
      await w.clock.sleep(5_000);
      expect(await names(w)).toEqual(['m1', 'w1']);
    });
    expect(await run!.outcome).toMatchObject({ code: 0, stderr: expect.stringMatching(WAITS) });
    expect(await names(w)).toEqual(['m1', 'w1', 'w2']);
  });

  test('what the other did while the question stood is not done again', async () => {
    w.write('.belt.yaml', file('w[1:3]'));
    const run = w.start('up', { terminal: true, open: true });
    await asked(run, QUESTION);
    expect((await w.belt('up --yes')).code).toBe(0);
    run.type('y\n');
    const { code, stdout } = await run.outcome;
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({ code: 0, last: 'main: 4 nodes, up to date' });
    expect(await names(w)).toEqual(['m1', 'w1', 'w2', 'w3']);
  });

  test('what is other than it was asked about is shown and asked about again', async () => {
    await onHost(w, 'w3', 'docker swarm leave');
    await until('it is down', async () => (await onHost(w, 'm1', 'docker node ls')).stdout.includes('Down'));
    const run = w.start('up', { terminal: true, open: true });
    await asked(run, QUESTION);
    await act(w, 'w2', 'power_off');
    await onHost(w, 'w1', 'docker swarm leave');
    run.type('y\n');
    await asked(run, 'the cluster changed in the meantime; this is what is left to do:');
    await until('it asks again', () => run.so().stderr.split(QUESTION).length > 2);
    const before = await writes(w);
    run.type('n\n');
    expect((await run.outcome).code).toBe(1);
    expect(await writes(w)).toBe(before);
  });
});
