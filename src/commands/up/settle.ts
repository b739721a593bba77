// What the members of a swarm are to be: roles, labels, availability; and no entries of droplets that are gone.
import pLimit from 'p-limit';
import { isRight, type KnownMember, type NodePlan, planCluster } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import type { Engine, NodeChange } from '../../engine/engine.ts';
import { messageOf } from '../../errors.ts';
import type { Node } from '../../fleet.ts';
import { seen } from '../../swarm/seen.ts';
import type { Failure } from '../shared/failures.ts';
import type { Growth } from './grow.ts';
import { setAutolock } from './lock.ts';

/** Side by side through one connection, of whose channels sshd allows ten. */
const CHANGES_AT_ONCE = 6;
const OFF_WITHIN_MS = 60_000;
const POLL_MS = 250;

/** Looks at the swarm as it is now and changes what differs; a failure is its node's own. */
export async function settle(
  context: Context,
  spec: ClusterSpec,
  droplets: readonly (Node & { size: string; region: string })[],
  growth: Growth,
): Promise<Failure[]> {
  const manager = await growth.manager();
  const { engine } = manager;
  const { members, swarm } = await seen(engine);
  const plan = planCluster(spec, { droplets, members, autolock: swarm.autolock });
  const failures: Failure[] = [];
  const limit = pLimit(CHANGES_AT_ONCE);
  const attempt = (name: string, act: () => Promise<void>) =>
    limit(async () => {
      try {
        await act();
      } catch (error) {
        context.signal.throwIfAborted();
        context.out.event('failed', { node: name, error: messageOf(error) });
        failures.push({ name, error });
      }
    });
  const changing = plan.nodes.filter((node) => node.member !== undefined && !isRight(node));
  // A manager more before a manager less: the quorum never shrinks first.
  const [less, more] = [
    changing.filter(({ swarm }) => swarm === 'demote'),
    changing.filter(({ swarm }) => swarm !== 'demote'),
  ];
  for (const nodes of [more, less])
    await Promise.all(nodes.map((node) => attempt(node.name, () => change(context, engine, node))));
  const { autolock } = plan;
  if (autolock !== undefined) await attempt(manager.name, () => setAutolock(context, manager, autolock));
  await Promise.all(plan.stale.map((entry) => attempt(entry.hostname, () => takeOff(context, engine, entry))));
  return failures;
}

async function change(
  { out }: Context,
  engine: Engine,
  { name, member, swarm, group, labels, availability }: NodePlan,
) {
  const wanted: NodeChange = {
    ...(swarm !== undefined && { role: group.role }),
    ...(availability && { availability }),
    labels,
  };
  await engine.updateNode(member!.id, wanted);
  const words = [
    ...(swarm === undefined ? [] : [`is a ${group.role} now`]),
    ...Object.entries(labels).map(([key, value]) => `has the label ${key}=${value}`),
    ...(availability ? [`is set to ${availability}`] : []),
  ];
  out.tell('changed', { node: name, ...wanted }, `${name}: ${words.join(', ')}`);
}

/**
 * A manager's entry counts for the quorum until it is demoted, which takes the swarm a moment; and it takes the swarm some
 * heartbeats to see that a node is down.
 */
export async function takeOff(
  { clock, out, signal }: Context,
  engine: Engine,
  { id, hostname, role }: KnownMember,
): Promise<void> {
  if (role === 'manager') await engine.updateNode(id, { role: 'worker' });
  for (const deadline = clock.now() + OFF_WITHIN_MS; ; ) {
    try {
      await engine.removeNode(id);
      return out.tell('forgotten', { node: hostname }, `${hostname}: its old entry is off the swarm's list`);
    } catch (error) {
      if (!/must be demoted|is not down/.test((error as Error).message) || clock.now() >= deadline) throw error;
    }
    await clock.sleep(POLL_MS, signal);
  }
}
