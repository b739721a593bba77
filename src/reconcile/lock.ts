// The lock of a swarm: managers that lock themselves when they restart, and are opened with a key that a manager tells.
// belt neither prints nor keeps it.
import type { Step } from '../cluster/steps.ts';
import type { Context } from '../context.ts';
import { eachNode } from '../fleet/each-node.ts';
import type { Failure } from '../fleet/failures.ts';
import { withEngine } from '../fleet/node-engine.ts';
import type { Node } from '../model/node.ts';
import type { NodeEngine } from '../swarm/node-engine.ts';
import { unlock } from '../swarm/unlock.ts';

const AT_ONCE = 32;

/** Unlocks the nodes that the steps unlock, with the key that a manager tells; gives what failed. */
export async function unlockAll(
  context: Context,
  nodes: readonly Node[],
  steps: readonly Step[],
  manager: () => Promise<NodeEngine>,
): Promise<Failure[]> {
  const locked = new Set(steps.flatMap((step) => (step.kind === 'unlock' ? [step.node] : [])));
  if (locked.size === 0) return [];
  const { name: teller, engine } = await manager();
  const key = engine.unlockKey();
  key.catch(() => {});
  const unlockOne = async (node: Node) => {
    await withEngine(context, node, async (member) => unlock(member, await key));
    context.out.note(`${node.name}: was locked since it restarted; unlocked with the key from ${teller}`);
  };
  const some = nodes.filter(({ name }) => locked.has(name));
  const { failures } = await eachNode(context, some, unlockOne, { atOnce: AT_ONCE });
  return failures;
}

/** Turns the lock of a swarm on or off. */
export async function setAutolock({ out }: Context, { name, engine }: NodeEngine, autolock: boolean): Promise<void> {
  await engine.updateSwarm({ autolock });
  out.note(autolock ? keepTheKey(name) : 'autolock is off: managers that restart come back by themselves');
}

/** What a person has to know once the lock is on. */
export const keepTheKey = (manager: string): string =>
  `autolock is on: managers that restart need the swarm's unlock key; see it, and keep it: belt --host ${manager} docker swarm unlock-key`;
