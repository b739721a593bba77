// Stacks taken out of a swarm: look → agree → services → wait until their tasks are gone → networks, configs and secrets.
import { isDeepStrictEqual } from 'node:util';
import { agreed, confirm } from '../agree.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import { LIVE } from '../engine/engine.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { BeltError, NodesFailed } from '../errors.ts';
import { exclusively, type Leave } from '../fleet/exclusive.ts';
import { type Row, RowDisplay } from '../output/progress/rows.ts';
import { quoteWord } from '../quote.ts';
import { poll } from '../wait.ts';
import { withEvents } from './events.ts';
import { halfway } from './halfway.ts';
import { isOf } from './labels.ts';
import { type Existing, noStack, observeSwarm, type Removal, servicesOf } from './observe.ts';
import { removeParts, removeServices } from './remove.ts';
import { showRemovals } from './show.ts';
import { usersOf } from './unused.ts';

export interface TakeDownOptions {
  yes?: boolean | undefined;
  /** Seconds. */
  timeout: number;
}

/** What goes of a stack, and what stays. */
export interface TakeDown {
  stack: string;
  removals: Removal[];
  /** Names of volumes that its services use; they are on the nodes. */
  volumes: string[];
  /** Parts that a service of another stack uses, a sentence each. */
  kept: string[];
}

type Swarm = Omit<Existing, 'salt'>;

/** What of a stack is to be removed. Whatever does not carry its label is another's, and stays. @throws BeltError where there is no such stack */
export function planTakeDown(stack: string, swarm: Swarm, going: readonly string[]): TakeDown {
  const plan = removalsOf(stack, swarm, going);
  if (isGone(plan)) throw noStack(stack);
  return plan;
}

/** The same; nothing where there is no such stack. */
function removalsOf(stack: string, swarm: Swarm, going: readonly string[]): TakeDown {
  const services = servicesOf(swarm, stack);
  const others = swarm.services.filter(({ Spec }) => going.every((each) => !isOf(Spec.Labels, each)));
  const parts: Removal[] = [
    ...swarm.networks
      .filter(({ Labels }) => isOf(Labels, stack))
      .map(({ Id: id, Name: name }) => ({ kind: 'networks' as const, id, name })),
    ...(['configs', 'secrets'] as const).flatMap((kind) =>
      swarm[kind]
        .filter(({ Spec }) => isOf(Spec.Labels, stack))
        .map(({ ID: id, Spec: { Name: name } }) => ({ kind, id, name })),
    ),
  ];
  const used = parts.flatMap((part) => {
    const users = usersOf(part, others).map(({ Spec }) => Spec.Name);
    return users.length > 0 ? [{ part, users }] : [];
  });
  return {
    stack,
    removals: [
      ...services
        .toSorted((a, b) => a.Spec.Name.localeCompare(b.Spec.Name))
        .map(({ ID: id, Spec: { Name: name } }): Removal => ({ kind: 'services', id, name })),
      ...parts.filter((part) => used.every((each) => each.part !== part)),
    ],
    volumes: [...new Set(services.flatMap(volumesOf))].toSorted(),
    kept: used.map(({ part, users }) => `${part.kind.slice(0, -1)} ${part.name} stays: ${users.join(', ')} uses it`),
  };
}

function volumesOf({ Spec }: ApiService): string[] {
  const { Mounts: mounts } = (Spec.TaskTemplate['ContainerSpec'] ?? {}) as {
    Mounts?: { Type?: string; Source?: string }[] | null;
  };
  return (mounts ?? []).flatMap(({ Type, Source }) => (Type === 'volume' && Source ? [Source] : []));
}

/**
 * Removes stacks, and waits until nothing of them is left in the swarm. Gives the exit code.
 * @throws NodesFailed naming what is left
 */
export async function takeDown(context: Context, stacks: readonly string[], options: TakeDownOptions): Promise<number> {
  const removed = new Set<string>();
  try {
    return await withEvents(context, { stacks }, {}, (engine) =>
      agreeAndRemove(new Removing(context, engine, stacks, removed), context, options),
    );
  } catch (error) {
    if (removed.size === 0) throw error;
    throw halfway(
      error,
      `${count(removed.size, 'service')} removed before that`,
      `the same command goes on: ${again(stacks)}`,
    );
  }
}

async function agreeAndRemove(
  removing: Removing,
  context: Context,
  { yes, timeout }: TakeDownOptions,
): Promise<number> {
  const { out } = context;
  for (let plans = await removing.look(); ; ) {
    for (const plan of plans) showTakeDown(context, plan);
    const consent = { yes, asks: 'stack rm asks before it removes anything', hint: 'add --yes if you are sure' };
    const names = plans.map(({ stack }) => stack).join(', ');
    await agreed(context, consent, () => confirm(context, `Remove ${names}?`));
    const left = await alone(context, plans, (leave) => removing.run(plans, timeout, leave));
    if (left === undefined) return 0;
    const before = plans;
    const changed = left.filter((plan) => !before.some((one) => isDeepStrictEqual(one, plan)));
    plans = left;
    out.note(
      `${changed.map(({ stack }) => stack).join(', ')} changed in the meantime; this is what is left to remove:`,
    );
  }
}

/** Not while one of the stacks is deployed, either; the cluster is left to others while tasks end. */
function alone<T>(context: Context, plans: readonly TakeDown[], work: (leave: Leave) => Promise<T>): Promise<T> {
  const what = 'belt stack rm';
  // All runs take them in one order: two never wait for each other.
  const stacks = plans.map(({ stack }) => stack).toSorted();
  const inner = (): Promise<T> => exclusively(context, what, work);
  return stacks.reduceRight((next, stack) => () => exclusively(context, what, next, { stack }), inner)();
}

const again = (stacks: readonly string[]): string => `belt stack rm ${stacks.map(quoteWord).join(' ')}`;

function showTakeDown({ out }: Context, { stack, removals, volumes, kept }: TakeDown): void {
  showRemovals({ out }, stack, removals);
  for (const text of kept) out.warn(text);
  if (volumes.length > 0) {
    out.note(`volumes stay on the nodes, with what is in them: ${volumes.join(', ')}`);
  }
}

const EVERY_MS = 1_000;

class Removing {
  readonly #context: Context;
  readonly #engine: StackEngine;
  readonly #stacks: readonly string[];
  readonly #removed: Set<string>;
  /** By stack. */
  readonly #rows = new Map<string, Row>();
  #display: RowDisplay | undefined;

  constructor(context: Context, engine: StackEngine, stacks: readonly string[], removed: Set<string>) {
    this.#context = context;
    this.#engine = engine;
    this.#stacks = stacks;
    this.#removed = removed;
  }

  /** @throws BeltError where there is no such stack */
  async look(): Promise<TakeDown[]> {
    const swarm = await observeSwarm(this.#engine);
    return this.#stacks.map((stack) => planTakeDown(stack, swarm, this.#stacks));
  }

  /** Removes what was agreed to; a fresh look alone where a stack has something else by now. */
  async run(plans: readonly TakeDown[], timeoutS: number, leave: Leave): Promise<TakeDown[] | undefined> {
    const { out, clock } = this.#context;
    const swarm = await observeSwarm(this.#engine);
    const now = plans.map(({ stack }) => removalsOf(stack, swarm, this.#stacks));
    const isAsSeen = (plan: TakeDown, index: number) => isGone(plan) || isDeepStrictEqual(plan, plans[index]);
    if (!now.every(isAsSeen)) return now.filter((plan) => !isGone(plan));
    for (const { stack } of now.filter(isGone)) out.note(`${stack} was removed by another run`);
    const going = now.filter((plan) => !isGone(plan));
    const deadline = clock.now() + timeoutS * 1000;
    const left: string[] = [];
    for (const { removals } of going) await removeServices(this.#context, this.#engine, removals, this.#removed);
    leave();
    await this.#shown(going, async () => {
      for (const { stack } of going) {
        left.push(...(await this.#waitForTasks(stack, deadline)));
        left.push(...(await this.#removeParts(stack)));
        this.#rows.get(stack)!.end = 'done';
      }
    });
    if (left.length > 0) throw stillThere(going, left);
    for (const { stack } of going) out.note(`${stack} is removed`);
    return undefined;
  }

  /** The work, with a row on a terminal for each stack. */
  async #shown(going: readonly TakeDown[], work: () => Promise<void>): Promise<void> {
    const { out, clock } = this.#context;
    for (const { stack } of going)
      this.#rows.set(stack, { name: stack, count: '', state: 'stopping', sinceMs: clock.now() });
    this.#display = new RowDisplay(out, clock, () => ({ rows: [...this.#rows.values()], done: 'removed' }));
    try {
      await work();
    } finally {
      this.#display.stop();
    }
  }

  #tellRunning(stack: string, running: number): void {
    const { out } = this.#context;
    this.#rows.get(stack)!.count = `${count(running, 'task')} to end`;
    // The row says it already; a program is told all the same.
    if (this.#display?.isShown && !out.tellsEvents) return;
    out.tell('stopping', { stack, tasks: running }, `${stack}: ${count(running, 'task')} to end`);
  }

  /** Where somebody deployed the stack again meanwhile, it needs them. Gives what stays. */
  async #removeParts(stack: string): Promise<string[]> {
    const { removals } = removalsOf(stack, await observeSwarm(this.#engine), this.#stacks);
    const services = removals.filter(({ kind }) => kind === 'services');
    if (services.length > 0) return services.map(({ name }) => `service ${name}, deployed in the meantime`);
    const stay = await removeParts(this.#context, this.#engine, removals, { patient: true });
    return stay.map(({ kind, name }) => `${kind.slice(0, -1)} ${name}`);
  }

  /** Tasks on a node that is down end when it is back. Gives what has not ended in time. */
  async #waitForTasks(stack: string, deadline: number): Promise<string[]> {
    const { out } = this.#context;
    let told = 0;
    let running = 0;
    let isDown: string[] = [];
    const ended = await poll(
      async () => {
        const [tasks, nodes] = await Promise.all([this.#engine.tasks({ stack }), this.#engine.nodes()]);
        const down = nodes.filter(({ state }) => state === 'down');
        const nodesDown = new Set(down.map(({ id }) => id));
        const live = tasks.filter(({ Status: { State } }) => LIVE.test(State));
        running = live.filter(({ NodeID }) => !nodesDown.has(NodeID ?? '')).length;
        isDown = down.filter(({ id }) => live.some(({ NodeID }) => NodeID === id)).map(({ hostname }) => hostname);
        if (running === 0) return true;
        if (running !== told) this.#tellRunning(stack, running);
        told = running;
        return undefined;
      },
      { ...this.#context, deadline, intervalMs: EVERY_MS },
    );
    const row = this.#rows.get(stack)!;
    Object.assign(row, { count: '', state: 'removing networks, configs and secrets' });
    if (isDown.length > 0) out.warn(`${isDown.join(', ')} is down: its tasks of ${stack} end when it is back`);
    return ended ? [] : [count(running, 'task')];
  }
}

const isGone = ({ removals, kept }: TakeDown): boolean => removals.length + kept.length === 0;

function stillThere(plans: readonly TakeDown[], left: readonly string[]): NodesFailed {
  const stacks = plans.map(({ stack }) => stack);
  return new NodesFailed(`not all is removed: ${left.join(', ')}`, {
    failures: [{ name: stacks.join(' '), error: new BeltError(`left: ${left.join(', ')}`) }],
    hint: `see: belt stack ps ${quoteWord(stacks[0]!)}; to remove the rest: ${again(stacks)}`,
  });
}
