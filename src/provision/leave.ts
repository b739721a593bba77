// Removes nodes from a swarm, in the least disruptive order: drain, demote, leave, remove the entry.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Reach } from '../fleet/node-engine.ts';
import type { Droplet } from '../model/droplet.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { isVoter } from '../swarm/quorum.ts';
import { limited, poll } from '../wait.ts';
import { drain } from './drain.ts';
import { type Leaving, lostQuorum, type SwarmPart } from './removal.ts';
import type { Stage } from './stages.ts';

export interface LeaveOptions {
  /** Gives up at this time, ms since the epoch. */
  deadline: number;
  /** If the swarm refuses, warns and removes the node anyway. */
  force: boolean;
  onStage: (droplet: Droplet, stage: Stage) => void;
  reach: Reach;
}

const AT_ONCE = 6;
const POLL_MS = 500;
/** How long tasks get to move. */
const DRAINED_WITHIN_MS = 60_000;
const DEMOTED_WITHIN_MS = 60_000;
const LEFT_WITHIN_MS = 30_000;
/** A node that left shows as down within this time; after that its entry is removed whatever its state. */
const DOWN_WITHIN_MS = 20_000;

/** Removes the nodes from one swarm, each as soon as possible; returns a promise for each. A rejected one stays in. */
export async function leaveSwarm(
  context: Context,
  engine: Engine,
  part: SwarmPart,
  options: LeaveOptions,
): Promise<ReadonlyMap<number, Promise<void>>> {
  const entries = part.leaving.flatMap(({ entry }) => entry ?? []);
  const drained = await drain(context, engine, entries, { deadline: within(context, DRAINED_WITHIN_MS, options) });
  const free = new Map(
    part.leaving.map((one) => [
      one.droplet.id,
      one.entry ? whenFree(context, one, drained.get(one.entry.id)!, options) : Promise.resolve(),
    ]),
  );
  for (const one of free.values()) one.catch(() => {});
  const demoted = demotions(context, engine, part.leaving, free, options);
  const limit = pLimit(AT_ONCE);
  const out = new Map(
    part.leaving.map((one) => [
      one.droplet.id,
      (async () => {
        await free.get(one.droplet.id);
        await demoted.get(one.droplet.id);
        await limit(() => leaveAndForget(context, engine, part, one, options));
      })(),
    ]),
  );
  for (const one of out.values()) one.catch(() => {});
  return out;
}

const within = ({ clock }: Context, ms: number, { deadline }: Pick<LeaveOptions, 'deadline'>): number =>
  Math.min(deadline, clock.now() + ms);

async function whenFree(
  { out }: Context,
  { droplet }: Leaving,
  free: Promise<string[]>,
  { onStage }: LeaveOptions,
): Promise<void> {
  const stuck = await free;
  onStage(droplet, 'drained');
  if (stuck.length > 0) out.warn(`${droplet.name}: not all tasks of ${stuck.join(', ')} run elsewhere yet; continuing`);
}

/**
 * One manager at a time, so that the quorum is never two short: those that cannot be reached first, which only helps the others,
 * and the leader last, who hands over once.
 */
function demotions(
  context: Context,
  engine: Engine,
  leaving: readonly Leaving[],
  free: ReadonlyMap<number, Promise<void>>,
  options: LeaveOptions,
): Map<number, Promise<void>> {
  const managers = leaving.flatMap(({ droplet, entry, stale }) =>
    [...(entry ? [entry] : []), ...stale].filter(isVoter).map((voter) => ({ droplet, voter })),
  );
  const rank = ({ voter }: { voter: SwarmNode }) => (voter.leader ? 2 : voter.reachability === 'reachable' ? 1 : 0);
  const demoted = new Map<number, Promise<void>>();
  let turn = Promise.resolve();
  for (const { droplet, voter } of managers.toSorted((a, b) => rank(a) - rank(b))) {
    turn = turn
      .catch(() => {})
      .then(async () => {
        await free.get(droplet.id);
        await eased(context, droplet, options, () => demote(context, engine, voter, options));
        options.onStage(droplet, 'demoted');
      });
    turn.catch(() => {});
    const earlier = demoted.get(droplet.id) ?? Promise.resolve();
    const mine = turn;
    demoted.set(
      droplet.id,
      earlier.then(() => mine),
    );
    demoted.get(droplet.id)!.catch(() => {});
  }
  return demoted;
}

/** Does a step; when forced, a failure is only a warning. */
async function eased(context: Context, { name }: { name: string }, { force }: LeaveOptions, step: () => Promise<void>) {
  try {
    await step();
  } catch (error) {
    context.signal.throwIfAborted();
    if (!force) throw error;
    context.out.warn(`${name}: ${messageOf(error)}; continuing (--force)`);
  }
}

/** During an election a swarm answers nothing for a moment. */
const isElecting = (error: unknown): boolean =>
  /does not have a leader|context deadline|no elected/i.test(messageOf(error));

/** One that was promoted a moment ago gets its vote first, and can be demoted then. */
const isComing = (error: unknown): boolean => /can't find manager in raft memberlist/.test(messageOf(error));

/** A look that finds nothing out while the swarm elects a leader, or takes a new manager in. */
const unlessElecting =
  <Seen>(look: () => Promise<Seen | undefined>) =>
  async (): Promise<Seen | undefined> => {
    try {
      return await look();
    } catch (error) {
      if (!isElecting(error) && !isComing(error)) throw error;
      return undefined;
    }
  };

/** Demotes a manager. @throws BeltError when the swarm would lose its quorum, or does not demote it in time */
export async function demote(
  context: Context,
  engine: Engine,
  { id, hostname }: SwarmNode,
  options: Pick<LeaveOptions, 'deadline' | 'force'>,
): Promise<void> {
  const { clock, signal } = context;
  let asked = false;
  const look = async () => {
    const now = await engine.nodes();
    const entry = now.find((one) => one.id === id);
    if (entry === undefined || !isVoter(entry)) return now.some(({ leader }) => leader) || undefined;
    if (entry.role === 'worker' || asked) return undefined;
    const refusal = options.force ? undefined : lostQuorum(now, [entry]);
    if (refusal !== undefined)
      throw new BeltError(refusal, { hint: 'run the same command again once the others are back' });
    await engine.updateNode(id, { role: 'worker' });
    asked = true;
    return undefined;
  };
  const done = await poll(unlessElecting(look), {
    clock,
    signal,
    deadline: within(context, DEMOTED_WITHIN_MS, options),
    intervalMs: POLL_MS,
  });
  if (!done)
    throw new BeltError(`${hostname} is still a manager: the swarm did not demote it in time`, {
      hint: 'run the same command again',
    });
}

/** Its engine leaves; its entries are removed. */
async function leaveAndForget(
  context: Context,
  engine: Engine,
  { view }: SwarmPart,
  { droplet, entry, stale }: Leaving,
  options: LeaveOptions,
): Promise<void> {
  const nodeId = view.answerOf(droplet)?.swarm?.nodeId;
  // Only the node's own engine can leave; if it does not answer, its entry is removed and then the droplet is deleted.
  const left = nodeId !== undefined && nodeId === entry?.id && (await leave(context, droplet, options));
  if (left) options.onStage(droplet, 'left');
  for (const one of [...(entry ? [entry] : []), ...stale]) {
    await eased(context, droplet, options, () => takeOff(context, engine, one, options));
  }
  options.onStage(droplet, 'out');
}

/** Whether it left. */
async function leave(context: Context, droplet: Droplet, options: LeaveOptions): Promise<boolean> {
  const { clock, signal } = context;
  const timeoutMs = Math.max(0, within(context, LEFT_WITHIN_MS, options) - clock.now());
  try {
    const late = `${droplet.name} did not leave the swarm within ${timeoutMs / 1000} s`;
    await limited(() => options.reach.use(context, droplet, ({ engine }) => engine.leave({ force: true })), {
      clock,
      signal,
      timeoutMs,
      late,
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    context.trace?.(`${droplet.name} did not leave the swarm by itself: ${messageOf(error)}`);
    return false;
  }
}

/**
 * Removes an entry whose droplet is gone, once the swarm itself sees it as down: one that it sees as ready works somewhere.
 * @throws BeltError when the swarm goes on to see the node
 */
export async function takeOffDead(
  context: Context,
  engine: Engine,
  entry: SwarmNode,
  options: Pick<LeaveOptions, 'deadline'>,
): Promise<void> {
  const { clock, signal } = context;
  const { deadline } = options;
  const look = async () => {
    const now = (await engine.nodes()).find(({ id }) => id === entry.id);
    return now === undefined ? { now } : now.state === 'down' ? { now } : undefined;
  };
  const seen = await poll(unlessElecting(look), { clock, signal, deadline, intervalMs: POLL_MS });
  if (!seen) throw isAlive(entry);
  if (!seen.now) return;
  if (isVoter(seen.now)) await demote(context, engine, seen.now, { deadline, force: false });
  await takeOff(context, engine, seen.now, { deadline, onlyDown: true });
}

const isAlive = ({ hostname, address }: SwarmNode): BeltError =>
  new BeltError(`${hostname} (${address}) is not down: its swarm entry is left alone`, {
    hint: 'see: belt docker node ls',
  });

/** Removes the entry of a node that is no longer a manager. @throws BeltError when the swarm keeps it */
export async function takeOff(
  context: Context,
  engine: Engine,
  entry: SwarmNode,
  { onlyDown = false, ...options }: Pick<LeaveOptions, 'deadline'> & { onlyDown?: boolean },
): Promise<void> {
  const { clock, signal } = context;
  const { id } = entry;
  const isDown = await poll(
    async () => {
      try {
        await engine.removeNode(id);
        return true;
      } catch (error) {
        if (isElecting(error) || (error instanceof EngineError && /must be demoted|is not down/.test(error.message)))
          return undefined;
        throw error;
      }
    },
    { clock, signal, deadline: within(context, DOWN_WITHIN_MS, options), intervalMs: POLL_MS },
  );
  if (isDown) return;
  if (onlyDown) throw isAlive(entry);
  // Its droplet is deleted next, so it cannot come back.
  await engine.removeNode(id, { force: true });
}
