// Nodes out of the cluster, in the order in which the swarm misses them least: no new work, no vote, no membership, no droplet.
import pLimit from 'p-limit';
import type { Droplet } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import type { Engine, SwarmNode } from '../../engine/engine.ts';
import { BeltError, messageOf } from '../../errors.ts';
import { compact } from '../../patterns/index.ts';
import { holds, quorumWithout } from '../../swarm/quorum.ts';
import type { Failure } from '../shared/failures.ts';
import { withMember } from '../shared/member.ts';
import { deleteDroplets } from '../shared/remove.ts';
import { takeOff } from './settle.ts';
import type { FoundSwarm } from './swarm.ts';

const AT_ONCE = 6;
/** Tasks get so long to move; what is left of them then starts elsewhere once the node is gone. */
const DRAINED_WITHIN_MS = 60_000;
const DEMOTED_WITHIN_MS = 30_000;
const LEADERLESS = /does not have a leader/;
const POLL_MS = 500;

/** The members that the droplets are. */
export const membersOf = (droplets: readonly Droplet[], members: readonly SwarmNode[]): SwarmNode[] =>
  members.filter(({ address }) => droplets.some(({ privateAddress }) => privateAddress === address));

/** @throws BeltError when the swarm could decide nothing any more without these droplets */
export function checkQuorum(doomed: readonly Droplet[], members: readonly SwarmNode[]): void {
  const gone = membersOf(doomed, members).filter(({ role }) => role === 'manager');
  if (gone.length === 0) return;
  const quorum = quorumWithout(members, new Set(gone.map(({ id }) => id)));
  if (holds(quorum)) return;
  const names = compact(gone.map(({ hostname }) => hostname));
  const left =
    quorum.managers === 0
      ? 'no manager'
      : `${quorum.managers} managers, of which ${quorum.needed} have to be reachable and ${quorum.reachable} would be`;
  throw new BeltError(`without ${names} the swarm would lose its quorum: ${left}`, {
    hint: 'mend the other managers first, or add managers to the file',
  });
}

/** Retires them; gives what failed. Without a swarm they are only deleted. */
export async function retire(
  context: Context,
  doomed: readonly Droplet[],
  swarm: FoundSwarm | undefined,
): Promise<Failure[]> {
  if (doomed.length === 0) return [];
  if (swarm === undefined) return await remove(context, doomed);
  return await withMember(context, swarm.manager, async ({ engine }) => {
    const leaving = membersOf(doomed, swarm.members);
    await Promise.all(leaving.map((member) => drain(context, engine, member)));
    for (const member of leaving) if (member.role === 'manager') await demote(context, engine, member);
    const limit = pLimit(AT_ONCE);
    const out = (await Promise.all(doomed.map((droplet) => limit(() => leave(context, droplet))))).flat();
    const failures = await remove(context, doomed);
    // One that left and could not be deleted joins as a new node, when it is to.
    const gone = leaving.filter(
      ({ hostname }) => out.includes(hostname) || !failures.some(({ name }) => name === hostname),
    );
    await Promise.all(gone.map((member) => limit(() => takeOff(context, engine, { ...member, role: 'worker' }))));
    return failures;
  });
}

/** Deletes them and tells of each that is gone; gives what failed. */
export async function remove(context: Context, doomed: readonly Droplet[]): Promise<Failure[]> {
  const failures = await deleteDroplets(context, doomed);
  const gone = doomed.filter(({ name }) => !failures.some((failure) => failure.name === name));
  for (const { name } of gone) context.out.tell('removed', { node: name }, `${name}: removed`);
  return failures;
}

/** Its tasks move to other nodes. One that is down has none that could. */
async function drain(
  { clock, out, signal }: Context,
  engine: Engine,
  { id, hostname, state }: SwarmNode,
): Promise<void> {
  if (state !== 'ready') return;
  await engine.updateNode(id, { availability: 'drain' });
  const deadline = clock.now() + DRAINED_WITHIN_MS;
  while ((await engine.tasksOn(id)) > 0) {
    if (clock.now() >= deadline) return out.warn(`${hostname}: some of its tasks are still there`);
    await clock.sleep(POLL_MS, signal);
  }
}

/** The swarm takes a moment to let a manager go, and to elect another leader if it was that. */
async function demote({ clock, signal }: Context, engine: Engine, { id }: SwarmNode): Promise<void> {
  await engine.updateNode(id, { role: 'worker' });
  for (const deadline = clock.now() + DEMOTED_WITHIN_MS; clock.now() < deadline; ) {
    const members = await engine.nodes().catch((error) => {
      if (!LEADERLESS.test(messageOf(error))) throw error;
      return [];
    });
    if (members.some(({ leader }) => leader) && members.every((one) => one.id !== id || !one.reachability)) return;
    await clock.sleep(POLL_MS, signal);
  }
}

/** Gives its name when it left: then it is seen as down at once. One that cannot be asked is once it misses its heartbeats. */
async function leave(context: Context, droplet: Droplet): Promise<string[]> {
  try {
    await withMember(context, droplet, ({ engine }) => engine.leave({ force: true }));
    return [droplet.name];
  } catch (error) {
    context.signal.throwIfAborted();
    context.trace?.(`${droplet.name} did not leave the swarm by itself: ${messageOf(error)}`);
    return [];
  }
}
