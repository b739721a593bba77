// Ctrl-C at any moment of a create or a join: belt says what exists and how to go on, and what it says works.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apart } from '../support/coming-up.ts';
import { type Gate, type GateHooks, gate, isPost, type Passing } from '../support/gate.ts';
import { lines, names, posts, until } from '../support/probe.ts';
import { type Outcome, type Started, type World, world } from './world.ts';

const TWELVE = Array.from({ length: 12 }, (_, index) => `node${index + 1}`).sort();
const CREATE = 'create 512mb node[1:12]';

/** One gate for all: belt keeps its state by the API's address. */
class Held {
  readonly w: World;
  #hooks: GateHooks = {};
  #gate!: Gate;

  constructor(w: World) {
    this.w = w;
  }

  async open(): Promise<void> {
    this.#gate = await gate(this.w, {
      before: (request) => this.#hooks.before?.(request),
      after: (request) => this.#hooks.after?.(request),
    });
  }

  close(): void {
    this.#gate.close();
  }

  get seen(): readonly Passing[] {
    return this.#gate.seen;
  }

  start(words: string, hooks: GateHooks = {}): Started {
    this.#hooks = hooks;
    return this.w.start(words, { env: this.#gate.env });
  }

  belt(words: string): Promise<Outcome> {
    return this.start(words).outcome;
  }

  /** Starts a create, and gives its hooks a way to interrupt it. */
  interrupted(words: string, hooks: (interrupt: () => void) => GateHooks): Promise<Outcome> {
    let once = false;
    const interrupt = () => {
      if (!once) started.child.kill('SIGINT');
      once = true;
    };
    const started: Started = this.start(words, hooks(interrupt));
    return started.outcome;
  }
}

const asksSizes = ({ path }: Passing) => path.startsWith('/v2/sizes');
const second = (request: Passing) => isPost(request) && request.body.includes('"node12"');

describe('belt create is interrupted', () => {
  const w: World = world();
  const held = new Held(w);
  beforeAll(async () => {
    // As long as it takes to see, from another process or two, that they boot.
    await w.sandbox('--boot-seconds 12 --api-latency 0');
    await held.open();
  });
  afterAll(async () => {
    held.close();
    await w.end();
  });

  it('while it checks: nothing was created', async () => {
    const outcome = await held.interrupted(CREATE, (interrupt) => ({
      before: (request) => (asksSizes(request) ? interrupt() : undefined),
    }));
    expect(outcome).toEqual({ code: 130, stdout: '', stderr: 'error: interrupted\n' });
    expect(await posts(w)).toBe(0);
  });

  it('as the first request is under way and was not carried out', async () => {
    const outcome = await held.interrupted('create 512mb early[1:12]', (interrupt) => ({
      before: (request) => (isPost(request) ? stop(interrupt) : undefined),
    }));
    expect(outcome).toEqual({
      code: 130,
      stdout: '',
      stderr: lines(
        'error: interrupted: nothing was created, early[1:12] may still be created',
        "hint: continue: belt create 512mb 'early[1:12]' --missing · or remove: belt rm 'early[1:12]'",
      ),
    });
    expect(await names(w)).toEqual([]);
  });

  it('between the two requests: what was made, and what may come', async () => {
    const outcome = await held.interrupted(`${CREATE} --concurrency 1`, (interrupt) => ({
      before: (request) => (second(request) ? stop(interrupt) : undefined),
    }));
    const { nodes: _asFarAsListsShowedThem, ...end } = apart(outcome);
    expect(end).toEqual({
      code: 130,
      stdout: '',
      stderr: lines(
        'error: interrupted: node[1:10] exist, node[11:12] may still be created; billed: 40.00 USD a month (0.060 an hour)',
        "hint: continue: belt create 512mb 'node[1:12]' --missing · or remove: belt rm 'node[1:12]'",
      ),
    });
    expect(await names(w)).toEqual(TWELVE.filter((name) => name !== 'node11' && name !== 'node12'));
  });

  it('after the API made them and before belt heard of it: belt looks, and knows', async () => {
    const outcome = await held.interrupted(`${CREATE} --missing --no-wait`, (interrupt) => ({
      after: (request) => (isPost(request) ? stop(interrupt) : undefined),
    }));
    expect(outcome.code).toBe(130);
    expect(outcome.stderr.replace(/^an(other| interrupted) run .*\n/, '')).toBe(
      lines(
        'error: interrupted: node[11:12] exist; billed: 8.00 USD a month (0.012 an hour)',
        "hint: continue: belt create 512mb 'node[1:12]' --missing · or remove: belt rm 'node[11:12]'",
      ),
    );
    expect(await names(w)).toEqual(TWELVE);
  });

  it('the way to go on that it named works, and so does the other', async () => {
    expect(await names(w)).toEqual(TWELVE);
    const on = await held.belt(`${CREATE} --missing`);
    expect({ code: on.code, names: on.stdout.match(/node\d+/g)?.sort() }, on.stderr).toEqual({
      code: 0,
      names: TWELVE,
    });
    const removed = await held.belt('rm node[1:12] -y');
    expect(removed.code).toBe(0);
    expect(await names(w)).toEqual([]);
  });

  it('while the droplets boot: they exist, and --missing waits for them', async () => {
    const { child, outcome } = held.start('create 512mb web[1:3]');
    await until('they are being made', async () => (await names(w)).length === 3);
    await until('belt knows of them', async () => (await held.belt('ls -q')).stdout === lines('web1', 'web2', 'web3'));
    child.kill('SIGINT');
    const { nodes, ...end } = apart(await outcome);
    // Of those that belt had read of by then.
    const created = ['web1', 'web2', 'web3'].map((name) => `${name}: created (N s)`);
    expect(created).toEqual(expect.arrayContaining(nodes));
    expect(end).toEqual({
      code: 130,
      stdout: '',
      stderr: lines(
        'error: interrupted: web[1:3] exist; billed: 12.00 USD a month (0.018 an hour)',
        "hint: continue: belt create 512mb 'web[1:3]' --missing · or remove: belt rm 'web[1:3]'",
      ),
    });
    const on = apart(await held.belt('create 512mb web[1:3] --missing'));
    expect({ code: on.code, stderr: on.stderr }).toEqual({ code: 0, stderr: 'nothing to create: web[1:3] exist\n' });
    expect(await held.belt('--host web[1:3] docker version --format here')).toMatchObject({ code: 0, stderr: '' });
  });

  it('twice: it stops at once, and --missing still finishes', async () => {
    const before = held.seen.length;
    const started: Started = held.start('create 512mb two[1:2]', {
      before: (request) => {
        // Held for good: the first Ctrl-C leaves belt looking for what may have been made.
        if (isPost(request)) started.child.kill('SIGINT');
        return isPost(request) || request.path.includes('belt-run-') ? new Promise(() => {}) : undefined;
      },
    });
    await until('it looks', () => held.seen.slice(before).some(({ path }) => path.includes('belt-run-')));
    const start = Date.now();
    started.child.kill('SIGINT');
    expect(await started.outcome).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(Date.now() - start).toBeLessThan(15_000);
    expect((await held.belt('create 512mb two[1:2] --missing --no-wait')).code).toBe(0);
    expect((await names(w)).filter((name) => name.startsWith('two'))).toEqual(['two1', 'two2']);
  });
});

describe('belt swarm join is interrupted', () => {
  const w: World = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:8]');
  });
  afterAll(() => w.end());

  it('it names those that may not be in, and the same command finishes', async () => {
    const { child, outcome, so } = w.start('swarm join node1 node[2:8] --manager');
    await until('the first is in', () => so().stdout.includes('node2: This node joined'));
    child.kill('SIGINT');
    const { code, stdout, stderr } = await outcome;
    const told = /^error: interrupted: (\S+) may not be in the swarm\nhint: (.*)\n$/m.exec(stderr);
    expect({ code, hint: told?.[2] }).toEqual({
      code: 130,
      hint: 'run the same command again: nodes that are already in it are skipped',
    });
    // Every node is either told as joined or named as in doubt.
    const doubt = (await w.belt(['ls', '-q', told![1]!])).stdout.trim().split('\n');
    const done = stdout.match(/^node\d/gm) ?? [];
    expect([...done, ...doubt].sort()).toEqual(['node2', 'node3', 'node4', 'node5', 'node6', 'node7', 'node8']);
    const again = await w.belt('swarm join node1 node[2:8] --manager');
    expect(again.code).toBe(0);
    expect(again.stdout.match(/^node\d: This node (joined a|is already in this) Swarm as a manager\.$/gm)).toHaveLength(
      7,
    );
  });
});

/** Interrupts, and lets the request go no further. */
function stop(interrupt: () => void): Promise<void> {
  interrupt();
  return new Promise(() => {});
}
