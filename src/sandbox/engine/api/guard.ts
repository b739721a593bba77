// Only a manager answers about a swarm, and only while there is a leader.
import { EngineError, noLeader, notManager, onlyWorker, swarmLocked } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import type { SwarmNode } from '../model/node.ts';
import type { Swarm } from '../model/swarm.ts';

export interface Standing {
  swarm: Swarm;
  node: SwarmNode;
}

/** The swarm this engine manages, or the engine's words why it does not. */
export function managed(engine: Engine): Standing {
  const { state, swarm, node } = engine.membership ?? {};
  if (state === 'locked') throw swarmLocked();
  if (swarm === undefined || node === undefined) throw notManager();
  if (!node.voter && node.spec.Role === 'manager') {
    throw new EngineError(
      503,
      'This node is not a swarm manager. Manager is being prepared or has trouble connecting to the cluster.',
    );
  }
  if (!node.voter) throw onlyWorker();
  if (swarm.leader() === undefined) throw noLeader();
  return { swarm, node };
}
