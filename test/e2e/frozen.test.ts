// An engine that is frozen (SIGSTOP to dockerd) while its host answers SSH as ever: it accepts and never answers. Whatever asks it
// ends within its time, and at once when it is interrupted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onHost, until } from './probe.ts';
import { terminal } from './terminal.ts';
import { type Outcome, type World, world } from './world.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
`;

let w: World;
beforeAll(async () => {
  w = world();
  await w.sandbox();
  w.write('.belt.yaml', FILE);
  const up = await w.belt('up --yes');
  if (up.code !== 0) throw new Error(up.stderr);
  await onHost(w, 'm1', 'pkill -STOP dockerd');
}, 60_000);
afterAll(() => w?.end());

interface Timed extends Outcome {
  seconds: number;
}

async function timed(words: string, interrupt?: NodeJS.Signals): Promise<Timed> {
  const started = w.start(words);
  if (interrupt) {
    // It is connected, and waits for the engine.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(started.child.exitCode).toBeNull();
  }
  const startMs = Date.now();
  if (interrupt) started.child.kill(interrupt);
  const outcome = await started.outcome;
  return { ...outcome, seconds: (Date.now() - startMs) / 1000 };
}

describe.each([
  'ls @manager',
  'plan',
  'up --yes --timeout 10',
  'swarm join m1 w1 --timeout 10',
  '--host @worker docker ps',
])('belt %s while the manager is frozen', (words) => {
  it('ends within its time, and not well', async () => {
    const { code, stderr, seconds } = await timed(words);
    if (words === 'plan') {
      // It shows what it cannot tell, and calls nothing right.
      expect(stderr).toMatch(/^3 unknown; the cluster costs 18\.00 USD a month/m);
      expect(stderr).toMatch(/^warning: .* none of its managers answers: m1 did not answer within \d+ s /m);
      expect(code).toBe(4);
    } else {
      expect(stderr).toMatch(/^error: /m);
      expect(code).not.toBe(0);
    }
    expect(seconds).toBeLessThan(words.includes('--timeout') ? 14 : 25);
  });

  it.each<NodeJS.Signals>(['SIGINT', 'SIGTERM'])('%s ends it at once', async (signal) => {
    const { code, seconds } = await timed(words, signal);
    expect(code).toBe(130);
    expect(seconds).toBeLessThan(2);
  });
});

describe("belt docker, whose waiting is its user's", () => {
  it('tells a terminal which node does not answer, once, and ends at Ctrl-C', async () => {
    const [one, many] = ['docker ps', '--host m1,w1 docker ps'].map((words) => terminal(w, `belt ${words}`));
    await until(
      'both have told it',
      () => [one!, many!].every(({ screen }) => screen().includes('m1: its Docker')),
      30_000,
    );
    for (const { screen, type, ended } of [one!, many!]) {
      expect(screen()).toMatch(/m1: its Docker engine does not answer; docker waits for it until you press\s+Ctrl-C/);
      expect(screen()).not.toContain('w1: its Docker');
      type('\x03');
      expect(await ended).toBe(130);
    }
  });
});

it('a frozen node among those that are to join costs itself, and its time alone', async () => {
  await onHost(w, 'm1', 'pkill -CONT dockerd');
  await onHost(w, 'w1', 'pkill -STOP dockerd');
  const { code, stdout, stderr, seconds } = await timed('swarm join m1 w[1:2] --timeout 4');
  expect(code).toBe(3);
  expect(stdout).toContain('w2: This node is already in this Swarm as a worker.');
  expect(stderr).toMatch(/w1: its Docker engine does not answer \([234](\.\d)? s\)/);
  expect(seconds).toBeLessThan(8);
  await onHost(w, 'w1', 'pkill -CONT dockerd');
  expect((await timed('swarm join m1 w[1:2] --timeout 10')).code).toBe(0);
});
