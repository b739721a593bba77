// The nodes of the cluster with their entries in the swarm.
import type { Context } from '../context.ts';
import { askSwarm } from '../fleet/ask-swarm.ts';
import { noManager } from '../fleet/roles.ts';
import type { Node } from '../model/node.ts';
import type { SwarmNode } from '../model/swarm-node.ts';

export interface SwarmTarget {
  name: string;
  node: Node;
  member: SwarmNode;
}

/** Those that are in it. @throws BeltError when no manager answers */
export async function membersAmong(context: Context): Promise<SwarmTarget[]> {
  const view = await askSwarm(context, await (await context.fleet()).list(), []);
  if (!view.swarm) throw noManager(view);
  return view.answers.flatMap(({ node }) => {
    const member = view.memberOf(node);
    return member ? [{ name: node.name, node, member }] : [];
  });
}
