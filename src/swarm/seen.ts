// The swarm as one engine sees it.
import type { Engine, SwarmInfo } from '../engine/engine.ts';
import type { SwarmNode } from '../model/swarm-node.ts';

export interface Seen {
  swarm: SwarmInfo;
  /** The nodes, as a manager lists them; undefined from any other engine. */
  members: SwarmNode[] | undefined;
}

/** @throws when the engine does not answer, or is a manager of a swarm that has no leader */
export async function seen(engine: Engine): Promise<Seen> {
  const swarm = await engine.swarm();
  return { swarm, members: swarm.state === 'active' && swarm.manager ? await engine.nodes() : undefined };
}
