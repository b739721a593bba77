// The only way to remove droplets (design rule 5): check the quorum, drain, wait, demote, leave, remove the entry, delete the droplet,
// forget the state. `rm`, `down`, `cluster rm`, `up --prune`, `--replace` and `--rollback` all use it.
//
//   const removal = await planRemoval(context, { leaving, staying });   looks, refuses what costs the quorum
//   await tellRemoval(context, removal);                               before the question
//   const failures = await remove(context, removal, { again: 'belt rm w2' });
import type { Context } from '../context.ts';
import type { Engine } from '../engine/engine.ts';
import { BeltError, Interrupted, messageOf } from '../errors.ts';
import { type HeldEngine, overSsh, type Reach } from '../fleet/node-engine.ts';
import type { Droplet } from '../model/droplet.ts';
import { isVoter } from '../swarm/quorum.ts';
import { deleteDroplets, type RemovalFailure } from './delete.ts';
import { demote, type LeaveOptions, leaveSwarm, takeOff } from './leave.ts';
import { planRemoval, type Removal } from './plan.ts';
import { beginRemoval, endRemoval } from './record.ts';
import type { SwarmPart } from './removal.ts';
import { Stages } from './stages.ts';

export interface RemoveOptions {
  /** The command to continue after an interrupt. */
  again: string;
  /** Gives up on nodes that have not left the swarm by then; 10 minutes by default. */
  timeoutMs?: number;
  /** Called for each droplet that is gone. */
  onGone?: (droplet: Droplet) => void;
  /** How nodes are reached; over SSH by default. */
  reach?: Reach;
}

const TIMEOUT_MS = 600_000;

/**
 * Carries out a removal, each node independently; returns those that failed, which stay as they are.
 * @throws BeltError before anything is done when the state folder cannot be written
 * @throws Interrupted saying how far each node is
 */
export async function remove(context: Context, removal: Removal, options: RemoveOptions): Promise<RemovalFailure[]> {
  const { leaving } = removal;
  await beginRemoval(context, leaving);
  const stages = new Stages(leaving);
  const deadline = context.clock.now() + (options.timeoutMs ?? TIMEOUT_MS);
  try {
    const failures = await withAnother(context, removal, { reach: overSsh, ...options, deadline, stages });
    await endRemoval(context, doneWith(removal, failures));
    // The error is about what was refused at the end: by then a node has left its swarm, or runs no tasks any more.
    const changed = stages.changed(failures);
    if (changed) context.out.note(`${changed}`);
    return failures;
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(`interrupted: ${stages}`, { hint: `continue: ${options.again}` });
  }
}

/**
 * Names that the record no longer needs. A swarm that was to be dissolved still has its entries, even for droplets that are
 * gone: as long as one of its droplets is left, only the record shows that these are stale.
 */
function doneWith({ leaving, parts }: Removal, failures: readonly RemovalFailure[]): { name: string }[] {
  const failed = new Set(failures.map(({ id }) => id));
  const gone = leaving.filter(({ id }) => !failed.has(id));
  const ending = parts.filter(({ dissolves }) => dissolves);
  const unfinished = ending.filter((part) => part.leaving.some(({ droplet }) => failed.has(droplet.id)));
  const kept = new Set(unfinished.flatMap((part) => part.leaving.map(({ droplet }) => droplet.id)));
  const ended = ending.filter((part) => !unfinished.includes(part)).flatMap(({ swarm }) => swarm.members);
  return [...gone.filter(({ id }) => !kept.has(id)), ...ended.map(({ hostname }) => ({ name: hostname }))];
}

interface Work extends RemoveOptions {
  reach: Reach;
  deadline: number;
  stages: Stages;
}

/** The answer of a manager that another run removed in the meantime. */
const isNoManager = ({ error }: RemovalFailure): boolean => /is not a swarm manager/i.test(messageOf(error));

/** If the manager in use stops being one, continues through another. */
async function withAnother(context: Context, removal: Removal, work: Work): Promise<RemovalFailure[]> {
  const failures = await carryOut(context, removal, work);
  const refused = new Set(failures.filter(isNoManager).map(({ id }) => id));
  if (refused.size === 0) return failures;
  const leaving = removal.leaving.filter(({ id }) => refused.has(id));
  const going = new Set(removal.leaving.map(({ id }) => id));
  const staying = removal.view.answers.map(({ node }) => node).filter(({ id }) => !going.has(id));
  const others = failures.filter((failure) => !refused.has(failure.id));
  context.trace?.('the manager that was asked is no longer one: asking another');
  try {
    const again = await planRemoval(context, { leaving, staying, force: removal.skipped.length > 0 });
    return [...others, ...(await carryOut(context, again, work))];
  } catch (error) {
    context.signal.throwIfAborted();
    const why = messageOf(error);
    const hint = `${work.stages}; continue: ${work.again}`;
    return [...others, ...leaving.map(({ id, name }) => ({ id, name, error: new BeltError(why, { hint }) }))];
  }
}

async function carryOut(context: Context, removal: Removal, work: Work): Promise<RemovalFailure[]> {
  const { stages } = work;
  const force = removal.skipped.length > 0;
  const held: HeldEngine[] = [];
  try {
    const out = new Map<number, Promise<void>>();
    const ghosts: Promise<void>[] = [];
    for (const part of removal.parts) {
      if (part.dissolves || (part.leaving.length === 0 && part.ghosts.length === 0)) continue;
      const manager = await stayingManager(context, part, { force, reach: work.reach });
      if (!manager) continue;
      held.push(manager);
      const { engine } = manager.member;
      const options = { deadline: work.deadline, force, onStage: stages.set.bind(stages), reach: work.reach };
      for (const [id, left] of await leaveOrFail(context, engine, part, options)) out.set(id, left);
      ghosts.push(takeOffGhosts(context, manager, part, options));
    }
    const stale = Promise.all(ghosts);
    // Awaited below.
    stale.catch(() => {});
    const failures = await deleteDroplets(context, removal.leaving, {
      ready: ({ id }) => out.get(id),
      onDeleted: (droplet) => stages.set(droplet, 'deleted'),
      onGone: (droplet) => {
        stages.set(droplet, 'gone');
        work.onGone?.(droplet);
      },
      deadline: work.deadline,
    });
    await stale;
    return failures;
  } finally {
    for (const { end } of held) end();
  }
}

/** What keeps all of them from leaving is reported as a failure of each. */
async function leaveOrFail(
  context: Context,
  engine: Engine,
  part: SwarmPart,
  options: LeaveOptions,
): Promise<ReadonlyMap<number, Promise<void>>> {
  try {
    return await leaveSwarm(context, engine, part, options);
  } catch (error) {
    context.signal.throwIfAborted();
    const refused = part.leaving.map(({ droplet }): [number, Promise<void>] => [droplet.id, Promise.reject(error)]);
    for (const [, one] of refused) one.catch(() => {});
    return new Map(refused);
  }
}

/** A remaining manager whose swarm has a leader. @throws BeltError when none can be queried, unless forced */
async function stayingManager(
  context: Context,
  part: SwarmPart,
  { force, reach }: { force: boolean; reach: Reach },
): Promise<HeldEngine | undefined> {
  const { view, swarm, leaving } = part;
  const going = new Set(leaving.map(({ droplet }) => droplet.id));
  const able = view.answers.filter(({ node, members }) => members && !going.has(node.id)).map(({ node }) => node);
  try {
    const [first] = able;
    if (first) return await reach.hold(context, first);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!force) throw error;
    context.out.warn(`${messageOf(error)}; continuing (--force)`);
    return undefined;
  }
  if (force) return undefined;
  const names = swarm.members.filter(isVoter).filter(({ id }) => leaving.every(({ entry }) => entry?.id !== id));
  throw new BeltError(`no remaining manager can be queried: ${names.map(({ hostname }) => hostname).join(', ')}`, {
    hint: names[0] ? `if its host key is not known here: belt trust ${names[0].hostname}` : 'see: belt docker node ls',
  });
}

/** Entries of droplets that are gone. */
async function takeOffGhosts(
  context: Context,
  { member }: HeldEngine,
  { ghosts }: SwarmPart,
  options: { deadline: number; force: boolean },
): Promise<void> {
  for (const ghost of ghosts) {
    if (isVoter(ghost)) await demote(context, member.engine, ghost, options);
    await takeOff(context, member.engine, ghost, options);
    context.out.tell('forgotten', { node: ghost.hostname }, `${ghost.hostname}: stale swarm entry removed`);
  }
}
