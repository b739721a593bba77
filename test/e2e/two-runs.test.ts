// Two runs of `belt create` at once, as processes of their own: from one folder and from two, and after a kill in the middle.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GateHooks, gate, isPost } from '../support/gate.ts';
import { names, posts, until } from '../support/probe.ts';
import { BOOK_CONFIG, type Outcome, type World, world } from './world.ts';

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((one) => one.end())));

async function lagging(): Promise<World> {
  const w = world();
  worlds.push(w);
  await w.sandbox('--boot-seconds 1 --api-latency 50 --list-lag 2 --rate-limit 0/0/0');
  return w;
}

const PATIENCE_MS = 150_000;
const CREATE = 'create 512mb x[1:3] --missing';
const NAMES = ['x1', 'x2', 'x3'];

/** A folder of somebody else's, on the same account. */
const folder = (w: World, name: string) => {
  w.write(`${name}/.belt.yaml`, BOOK_CONFIG);
  return { cwd: join(w.cwd, name), env: { BELT_STATE_DIR: join(w.cwd, name, '.belt') }, timeoutMs: PATIENCE_MS };
};

const ended = ({ code, stderr }: Outcome, ...codes: number[]): void => expect(codes, stderr).toContain(code);

describe.concurrent('two runs of create at once', () => {
  let same: World;
  let apart: World;
  beforeAll(async () => {
    [same, apart] = await Promise.all([lagging(), lagging()]);
  });

  it('from one folder: the second waits for the first, finds all done, and can work them', async () => {
    const here = folder(same, 'here');
    const runs = await Promise.all([same.belt(CREATE, here), same.belt(CREATE, here), same.belt(CREATE, here)]);
    for (const run of runs) ended(run, 0);
    expect(runs.filter(({ stderr }) => /^waiting for `belt create` \(process \d+, since /m.test(stderr))).toHaveLength(
      2,
    );
    expect(await names(same)).toEqual(NAMES);
    expect(await posts(same)).toBe(1);
    expect((await same.belt('--host x[1:3] docker version --format here', here)).code).toBe(0);
  });

  it('from two folders: each name once, and a run that came second says whose host keys it lacks', async () => {
    for (let round = 0; round < 3; round++) {
      const pattern = `create 512mb r${round}-[1:3] --missing`;
      const runs = await Promise.all(['a', 'b'].map((name) => apart.belt(pattern, folder(apart, name))));
      for (const run of runs) ended(run, 0, 3);
      for (const { code, stderr } of runs) {
        if (code === 3)
          expect(stderr).toMatch(
            /(another run created it at the same time \(droplet \d+\)|it exists).*belt trust r\d-\d/,
          );
      }
    }
    // What a run deleted again is still there for a moment.
    const once = [0, 1, 2].flatMap((round) => [1, 2, 3].map((n) => `r${round}-${n}`));
    await until('each name is there once', async () => (await names(apart)).length === once.length).catch(() => {});
    expect(await names(apart)).toEqual(once);
  }, 240_000);
});

describe.concurrent('after a kill', () => {
  it('a request that is let through after the next run began makes nothing twice', async () => {
    const w = await lagging();
    const here = folder(w, 'here');
    let kill: (() => void) | undefined;
    let letThrough = () => {};
    const begun = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    const hooks: GateHooks = {
      before: (request) => {
        if (!isPost(request) || !kill) return undefined;
        kill();
        return begun;
      },
    };
    const held = await gate(w, hooks);
    // Both by the same address: what belt keeps of an account is kept by address.
    const gated = { ...here, env: { ...here.env, ...held.env } };
    const { child, outcome } = w.start(CREATE, gated);
    kill = () => child.kill('SIGKILL');
    expect((await outcome).code).toBe(137);
    kill = undefined;
    const next = w.start(CREATE, gated);
    await new Promise<void>((resolve) => {
      next.child.stderr!.on('data', () => {
        if (next.so().stderr.includes('an interrupted run may still be creating x[1:3]: waiting')) resolve();
      });
    });
    letThrough();
    ended(await next.outcome, 0);
    expect(await names(w)).toEqual(NAMES);
    expect(await posts(w)).toBe(1);
    expect((await w.belt('--host x[1:3] docker version --format here', gated)).code).toBe(0);
    held.close();
  }, 240_000);

  it('a run that waits goes on as soon as the one before it was killed', async () => {
    const w = await lagging();
    const here = folder(w, 'here');
    let made = () => {};
    const sent = new Promise<void>((resolve) => {
      made = resolve;
    });
    const held = await gate(w, {
      after: (request) => {
        if (!isPost(request)) return undefined;
        made();
        return new Promise(() => {});
      },
    });
    const gated = { ...here, env: { ...here.env, ...held.env } };
    const first = w.start(CREATE, gated);
    await sent;
    const second = w.start(CREATE, gated);
    await new Promise<void>((resolve) => {
      second.child.stderr!.on('data', () => {
        if (second.so().stderr.includes(`waiting for \`belt create\` (process ${first.child.pid}, since `)) resolve();
      });
    });
    first.child.kill('SIGKILL');
    ended(await second.outcome, 0);
    held.close();
    expect(await names(w)).toEqual(NAMES);
    expect(await posts(w)).toBe(1);
  }, 240_000);
});
