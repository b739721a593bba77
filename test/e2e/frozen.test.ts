// An engine that is frozen (SIGSTOP to dockerd) while its host answers SSH as ever: it accepts and never answers. Whatever asks it
// ends within its time, and at once when it is interrupted.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onHost, until } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { type Outcome, type World, world } from './world.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
`;

/** What belt starts, connects with and prints, on a machine that is busy. */
const BESIDES_S = 60;

/** Side by side, as most of a run is waiting; what changes a swarm would wait for another that does. */
const [asking, upping, joining] = [world(), world(), world()];
const worlds = [asking, upping, joining];
beforeAll(() =>
  Promise.all(
    worlds.map(async (w) => {
      await w.sandbox();
      w.write('.belt.yaml', FILE);
      const up = await w.belt('up --yes');
      if (up.code !== 0) throw new Error(up.stderr);
      await onHost(w, 'm1', 'pkill -STOP dockerd');
    }),
  ),
);
afterAll(() => Promise.all(worlds.map((w) => w.end())));

interface Timed extends Outcome {
  seconds: number;
}

async function timed(w: World, words: string, interrupt?: NodeJS.Signals): Promise<Timed> {
  const started = w.start(`${interrupt ? '--trace ' : ''}${words}`);
  if (interrupt) {
    await until('it is under way', () => /^trace: GET | (connected|kept) \d+ ms/m.test(started.so().stderr));
    // A moment later what it waits for is the engine.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(started.child.exitCode).toBeNull();
  }
  const startMs = Date.now();
  if (interrupt) started.child.kill(interrupt);
  const outcome = await started.outcome;
  return { ...outcome, seconds: (Date.now() - startMs) / 1000 };
}

async function endsInTime(w: World, words: string): Promise<void> {
  const { code, stderr, seconds } = await timed(w, words);
  if (words === 'plan') {
    // It shows what it cannot tell, and calls nothing right.
    expect(stderr).toMatch(/^3 nodes unknown; 18\.00 USD a month/m);
    expect(stderr).toMatch(/^warning: .* none of its managers answers: m1 did not answer within \d+ s /m);
    expect(code).toBe(4);
  } else {
    expect(stderr).toMatch(/^error: /m);
    expect(code).not.toBe(0);
  }
  expect(seconds).toBeLessThan((words.includes('--timeout') ? 10 : 15) + BESIDES_S);
}

async function endsAtOnce(w: World, words: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { code, seconds } = await timed(w, words, signal);
    expect(code).toBe(130);
    // The code says that it was the signal, and not its time, that ended it.
    expect(seconds).toBeLessThan(BESIDES_S);
  }
}

describe.concurrent('while the manager is frozen', () => {
  it.each(['ls @manager', 'plan', '--host @worker docker ps'])(
    'belt %s ends within its time and not well, and a signal ends it at once',
    async (words) => {
      await Promise.all([endsInTime(asking, words), endsAtOnce(asking, words)]);
    },
  );

  it.each([
    ['up --yes --timeout 10', upping],
    ['swarm join m1 w1 --timeout 10', joining],
  ])('belt %s too', async (words, w) => {
    await endsInTime(w, words);
    await endsAtOnce(w, words);
  });

  it('belt docker tells a terminal which node does not answer, once, and ends at Ctrl-C', async () => {
    const [one, many] = ['docker ps', '--host m1,w1 docker ps'].map((words) => terminal(asking, `belt ${words}`));
    await until('both have told it', () => [one!, many!].every(({ screen }) => screen().includes('m1: its Docker')));
    for (const { screen, type, ended } of [one!, many!]) {
      expect(screen()).toMatch(/m1: its Docker engine does not answer; docker waits for it until you press\s+Ctrl-C/);
      expect(screen()).not.toContain('w1: its Docker');
      type('\x03');
      expect(await ended).toBe(130);
    }
  });
});

it('a frozen node among those that are to join costs itself, and its time alone', async () => {
  await onHost(asking, 'm1', 'pkill -CONT dockerd');
  await onHost(asking, 'w1', 'pkill -STOP dockerd');
  const { code, stdout, stderr, seconds } = await timed(asking, 'swarm join m1 w[1:2] --timeout 4');
  expect(code).toBe(3);
  expect(stdout).toContain('w2: This node is already in this Swarm as a worker.');
  expect(stderr).toMatch(/w1: its Docker engine does not answer \(\d+(\.\d)? s\)/);
  expect(seconds).toBeLessThan(4 + BESIDES_S);
  await onHost(asking, 'w1', 'pkill -CONT dockerd');
  expect((await timed(asking, 'swarm join m1 w[1:2] --timeout 10')).code).toBe(0);
});
