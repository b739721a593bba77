// The lock of a swarm: managers that lock themselves when they restart, and are opened with a key that a manager tells.
// belt neither prints nor keeps it.
import { type ClusterPlan, memberOf } from '../../cluster/plan.ts';
import type { Context } from '../../context.ts';
import type { SwarmNode } from '../../engine/engine.ts';
import { BeltError } from '../../errors.ts';
import type { Node } from '../../fleet.ts';
import { compact } from '../../patterns/index.ts';
import type { Member } from '../../swarm/member.ts';
import { unlock, unlockWords } from '../../swarm/unlock.ts';
import { askQuickly } from '../shared/ask.ts';
import type { Failure } from '../shared/failures.ts';
import { withMember } from '../shared/member.ts';

/** Which nodes are locked: of those that the swarm misses as managers each is asked, with little patience. */
export async function lockedNodes<N extends Node>(
  context: Context,
  nodes: readonly N[],
  members: readonly SwarmNode[],
): Promise<N[]> {
  const missed = nodes.filter((node) => {
    const member = memberOf(node, members);
    return member?.role === 'manager' && (member.state !== 'ready' || member.reachability !== 'reachable');
  });
  const asked = await Promise.all(
    missed.map(async (node) => {
      const answer = await askQuickly(context, node, context.signal).catch(() => undefined);
      return answer?.swarm.state === 'locked' ? [node] : [];
    }),
  );
  context.signal.throwIfAborted();
  return asked.flat();
}

/** The error where nobody but a person has the key. */
export function nobodyHasTheKey(locked: readonly Node[]): BeltError {
  const names = locked.map(({ name }) => name);
  const restarted = names.length === 1 ? 'is locked since it restarted' : 'are locked since they restarted';
  return new BeltError(`${compact(names)} ${restarted}, and no other manager can tell the swarm's unlock key`, {
    hint: `give it the key that you kept: ${unlockWords(names[0]!)}`,
  });
}

/** Opens those that the plan opens, with the key that a manager tells; gives what failed. */
export async function unlockAll(
  context: Context,
  nodes: readonly Node[],
  plan: ClusterPlan,
  manager: () => Promise<Member>,
): Promise<Failure[]> {
  const doors = plan.nodes.filter((node) => node.unlock).map(({ droplet }) => droplet?.id);
  if (doors.length === 0) return [];
  const failures: Failure[] = [];
  const { name: teller, engine } = await manager();
  const key = engine.unlockKey();
  key.catch(() => {});
  await Promise.all(
    nodes.map(async (node) => {
      if (!doors.includes(node.id)) return;
      try {
        await withMember(context, node, async (member) => unlock(member, await key));
        context.out.note(`${node.name}: was locked since it restarted; unlocked with the key that ${teller} told`);
      } catch (error) {
        context.signal.throwIfAborted();
        failures.push({ name: node.name, error });
      }
    }),
  );
  return failures;
}

/** Turns the lock of a swarm on or off. */
export async function setAutolock({ out }: Context, { name, engine }: Member, autolock: boolean): Promise<void> {
  await engine.updateSwarm({ autolock });
  out.note(autolock ? keepTheKey(name) : 'autolock is off: managers that restart come back by themselves');
}

/** What a person has to know once the lock is on. */
export const keepTheKey = (manager: string): string =>
  `autolock is on: managers that restart need the swarm's unlock key; see it, and keep it: belt --host ${manager} docker swarm unlock-key`;
