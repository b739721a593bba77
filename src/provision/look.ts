// Looks at the swarm of the nodes to remove, with as few connections as possible.

import type { Context } from '../context.ts';
import { SwarmView, type ViewOptions, viewSwarm } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { isAtOneOf } from '../model/swarm-node.ts';

/** Queries those that leave, then the managers that they name, and all others if that is not enough. @throws when interrupted */
export async function lookAtLeaving(
  context: Context,
  leaving: readonly Droplet[],
  staying: readonly Droplet[],
  options: ViewOptions = {},
): Promise<SwarmView<Droplet>> {
  const first = await viewSwarm(context, leaving, options);
  const told = new Set(first.answers.flatMap(({ swarm }) => swarm?.managers ?? []).map(withoutPort));
  const managers = staying.filter((one) => isAtOneOf(told, one));
  const second = joined(first, await viewSwarm(context, managers, options));
  const isSeen = leaving.every((droplet) => second.memberOf(droplet) !== undefined);
  const stays = second.answers.some(({ node, members }) => members && !leaving.includes(node));
  if (isSeen && stays) return second;
  const others = staying.filter((droplet) => !managers.includes(droplet));
  return joined(second, await viewSwarm(context, others, options));
}

const withoutPort = (address: string): string => address.replace(/:\d+$/, '');

const joined = (one: SwarmView<Droplet>, other: SwarmView<Droplet>): SwarmView<Droplet> =>
  new SwarmView([...one.answers, ...other.answers]);
