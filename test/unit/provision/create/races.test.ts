// Two runs of `create` at once, by many seeds: each name is there once in the end, and no run removed what another made.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runOf } from '../../../../src/cloud/tags.ts';
import { create } from '../../../../src/commands/create.ts';
import { unfinishedRuns } from '../../../../src/config/choices.ts';
import { type Context, createContext, type Edges } from '../../../../src/context.ts';
import { Interrupts } from '../../../../src/interrupts.ts';
import { Secrets } from '../../../../src/output/mask.ts';
import type { CreateOptions } from '../../../../src/provision/create/setup.ts';
import { seededRandom } from '../../../../src/sandbox/random.ts';
import { FakeClock } from '../../fake-clock.ts';
import { SlowAccount } from './slow-account.ts';

const root = mkdtempSync(join(tmpdir(), 'belt-races-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const CONFIG = 'digitalocean:\n  region: sgp1\n  image: docker-20-04\n  ssh_key_fingerprint: 816630\n';
const OPTIONS: CreateOptions = { engine: true, wait: false, missing: true, timeout: 600, concurrency: 4 };
const HOUR_MS = 3_600_000;

interface Run {
  context: Context;
  /** What it said and how it ended. */
  said: string[];
}

async function run(folder: string, clock: FakeClock, account: SlowAccount): Promise<Run> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '.belt.yaml'), CONFIG);
  const said: string[] = [];
  const stream = { write: (text: string) => said.push(text) > 0, isTTY: false } as never;
  const edges: Edges = {
    env: { DIGITALOCEAN_ACCESS_TOKEN: 'made-up', BELT_STATE_DIR: join(folder, '.belt') },
    cwd: folder,
    home: folder,
    stdin: { isTTY: false } as never,
    stdinIsTerminal: false,
    stdout: stream,
    stderr: stream,
    interrupts: new Interrupts(() => {}, Date.now),
    secrets: new Secrets([]),
  };
  const context = await createContext(edges, {});
  return { context: Object.assign(context, { clock, cloud: async () => account.cloud() }), said };
}

interface Race {
  seed: number;
  folders: readonly string[];
  words: readonly (readonly string[])[];
  trouble?: number;
}

async function race({ seed, folders, words, trouble = 0 }: Race) {
  const random = seededRandom(seed, 'race');
  const clock = new FakeClock();
  const options = { clock, seed, latencyMs: 10 + random() * 1_500, lagMs: random() * 8_000, trouble };
  const account = new SlowAccount(options);
  const runs = await Promise.all(folders.map((folder) => run(join(root, String(seed), folder), clock, account)));
  const ends = await Promise.all(
    runs.map(async ({ context, said }, n) => {
      await clock.sleep(random() * 6_000);
      return create(context, words[n]!, OPTIONS).then(
        () => 'done',
        (error: Error & { lines?: string[] }) => {
          said.push(error.message, ...(error.lines ?? []));
          return error.message;
        },
      );
    }),
  );
  // What was sent and lost may be carried out now.
  await clock.sleep(120_000);
  const unfinished = (await Promise.all(runs.map(({ context }) => context.state()))).flatMap((state) =>
    unfinishedRuns(state),
  );
  rmSync(join(root, String(seed)), { recursive: true });
  return { account, runs, ends, unfinished };
}

/** Each name once; whatever was removed was a run's own, and a lower id of its name stayed. */
function checkAccount(account: SlowAccount, names: readonly string[]): void {
  expect(account.standing.map(({ name }) => name).toSorted()).toEqual([...names].toSorted());
  for (const { droplet, goneAt } of account.kept) {
    if (goneAt === Number.POSITIVE_INFINITY) continue;
    const stays = account.standing.find(({ name }) => name === droplet.name)!;
    expect(stays.id).toBeLessThan(droplet.id);
  }
}

const NAMES = ['x1', 'x2', 'x3'];
const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

describe('two runs of create at once', () => {
  test('100 pairs from two folders: each name once, and whoever came second says which is not its own', {
    timeout: HOUR_MS,
  }, async () => {
    let met = 0;
    for (const seed of seeds(1000, 100)) {
      const words = [
        ['512mb', 'x[1:3]'],
        ['512mb', 'x[1:3]'],
      ];
      const { account, runs, ends } = await race({ seed, folders: ['a', 'b'], words });
      checkAccount(account, NAMES);
      const removed = account.kept.length - account.standing.length;
      if (removed > 0) met++;
      const told = runs.flatMap(({ said }) => said.join('\n').match(/and this run removed its own/g) ?? []);
      expect(told.length > 0, `seed ${seed}: ${ends}`).toBe(removed > 0);
    }
    // Otherwise nothing was tried.
    expect(met).toBeGreaterThan(20);
  });

  test('100 pairs from one folder: the second waits, and finds all done', { timeout: HOUR_MS }, async () => {
    let waited = 0;
    for (const seed of seeds(2000, 100)) {
      const words = [
        ['512mb', 'x[1:3]'],
        ['512mb', 'x[1:3]'],
      ];
      const { account, runs, ends, unfinished } = await race({ seed, folders: ['a', 'a'], words });
      expect(ends, `seed ${seed}: ${runs.map(({ said }) => said.join(''))}`).toEqual(['done', 'done']);
      checkAccount(account, NAMES);
      expect(account.posts).toHaveLength(1);
      expect(account.kept).toHaveLength(3);
      expect(unfinished).toEqual([]);
      if (runs.some(({ said }) => said.join('').includes('waiting for `belt create` (process '))) waited++;
    }
    expect(waited).toBeGreaterThan(20);
  });

  test('40 pairs from two folders, with answers that get lost, come late, or are cut', {
    timeout: HOUR_MS,
  }, async () => {
    for (const seed of seeds(3000, 40)) {
      const words = [
        ['512mb', 'x[1:3]', 'y[1:12]'],
        ['512mb', 'x[2:4]', 'y[1:12]'],
      ];
      const { account, runs } = await race({ seed, folders: ['a', 'b'], words, trouble: 0.4 });
      const all = ['x1', 'x2', 'x3', 'x4', ...seeds(1, 12).map((n) => `y${n}`)];
      // A request that gets lost three times is given up, and so is a run whose lists contradict each other; belt says so.
      const told = runs
        .flatMap(
          ({ said }) =>
            said.join('\n').match(/^ {2}.*the connection was lost$|existed a moment ago and (is|are) gone$/gm) ?? [],
        )
        .join('\n');
      const givenUp = all.filter((name) => !account.standing.some((one) => one.name === name));
      expect(givenUp.length > 0 && told === '', `seed ${seed}: ${givenUp}`).toBe(false);
      checkAccount(
        account,
        all.filter((name) => !givenUp.includes(name)),
      );
    }
  });

  test('three folders and one account, 20 times', { timeout: HOUR_MS }, async () => {
    for (const seed of seeds(4000, 20)) {
      const words = [
        ['512mb', 'x[1:3]'],
        ['512mb', 'x[1:3]'],
        ['512mb', 'x[1:3]'],
      ];
      const { account } = await race({ seed, folders: ['a', 'b', 'c'], words });
      checkAccount(account, NAMES);
      // A run that removes anything removes what it made itself.
      expect(new Set(account.standing.map(({ tags }) => runOf(tags))).size).toBeGreaterThan(0);
    }
  });
});
