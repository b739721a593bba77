// The lock of a swarm: managers that lock themselves when they restart, and are opened with a key that a manager tells.
// belt neither prints nor keeps it.
import type { ClusterPlan } from '../cluster/plan.ts';
import type { Context } from '../context.ts';
import type { Failure } from '../fleet/failures.ts';
import { withMember } from '../fleet/member.ts';
import type { Node } from '../fleet.ts';
import type { Member } from '../swarm/member.ts';
import { unlock } from '../swarm/unlock.ts';

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
        context.out.note(`${node.name}: was locked since it restarted; unlocked with the key from ${teller}`);
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
