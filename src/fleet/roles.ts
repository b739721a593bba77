// Which nodes are managers and which are workers: the swarm knows, so one of its managers is asked.
import { activeNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { engine } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../fleet.ts';
import { seen } from '../swarm/seen.ts';

/** The nodes, each with its role in the swarm if it has one. @throws BeltError when no manager answers */
export async function withRoles(
  context: Context,
  nodes: readonly Node[],
): Promise<(Node & { role?: 'manager' | 'worker' })[]> {
  const { cluster } = await context.settings();
  const active = activeNode(await context.state(), cluster);
  const fleet = await context.fleet();
  for (const node of nodes.toSorted((a, b) => Number(b.name === active) - Number(a.name === active))) {
    const connection = await fleet.connect(node).catch(() => undefined);
    context.signal.throwIfAborted();
    try {
      const { members } = connection ? await seen(engine(connection, context)) : {};
      if (!members) continue;
      const roles = new Map(
        members.flatMap(({ address, hostname, role }) => [[address, role] as const, [hostname, role] as const]),
      );
      return nodes.map((one) => ({ ...one, role: roles.get(one.privateAddress ?? '') ?? roles.get(one.name) }));
    } catch {
      context.signal.throwIfAborted();
      // Not a manager: the next one is asked.
    } finally {
      connection?.end();
    }
  }
  throw new BeltError('no node of the cluster is a swarm manager that answers', {
    hint: 'make one: belt swarm init node1',
  });
}
