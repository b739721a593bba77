// Determines the role of each node: the swarm lists the roles, and each node's own engine says which entry it is.
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { compact, type SelectableRole } from '../patterns/index.ts';
import { diagnose } from './diagnose.ts';
import { type SwarmView, viewSwarm } from './swarm-view.ts';

export type WithRole<N> = N & { role: SelectableRole };

/** The nodes, each with its role in the swarm. @throws BeltError when no manager of a swarm answers */
export async function withRoles<N extends Node>(context: Context, nodes: readonly N[]): Promise<WithRole<N>[]> {
  const view = await viewSwarm(context, nodes);
  if (nodes.length > 0 && !view.swarm) throw noManager(view);
  return rolesIn(view, nodes);
}

/** The same for nodes that were queried already. */
export const rolesIn = <N extends Node>(view: SwarmView<N>, nodes: readonly N[]): WithRole<N>[] =>
  nodes.map((node) => ({ ...node, role: roleOf(view, node) }));

function roleOf<N extends Node>(view: SwarmView<N>, node: N): SelectableRole {
  const entry = view.memberOf(node);
  if (entry) return entry.role;
  const answer = view.answerOf(node);
  return answer?.swarm === undefined || answer.swarm.state === 'locked' ? 'unknown' : 'none';
}

/** The error for nodes whose role is unknown when a role word decides. */
export function roleUnknown(nodes: readonly Pick<Node, 'name'>[]): BeltError {
  const names = compact(nodes.map(({ name }) => name));
  const [is, it, does] = nodes.length === 1 ? ['is a manager', 'it', 'does'] : ['are managers', 'they', 'do'];
  return new BeltError(`cannot tell whether ${names} ${is}: ${it} ${does} not answer`, {
    hint: `use node names instead of a role, or see why: belt --host ${nodes[0]?.name} docker info`,
  });
}

/** The error for a swarm of which no manager answers. */
export function noManager(view: SwarmView): BeltError {
  const [silent] = view.answers.filter(({ swarm }) => swarm === undefined);
  if (view.outside.length === view.answers.length) {
    return new BeltError('no node of the cluster is in a swarm', {
      hint: `create one: belt swarm init ${view.answers[0]?.node.name ?? 'NODE'}`,
    });
  }
  const why = silent ? `: ${silent.node.name}: ${messageOf(silent.error)}` : '';
  const names = 'use node names instead of a role';
  const known = diagnose(view);
  return new BeltError(known?.message ?? `no manager of the swarm can be queried for the roles${why}`, {
    hint: known?.hint ? `${names} · ${known.hint}` : names,
  });
}
