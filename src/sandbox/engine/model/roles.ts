// Promotion and demotion. A request is recorded at once and carried out a little later.
import { rpcError } from '../errors.ts';
import { timings } from '../timings.ts';
import { isAlive, type NodeSpec, type SwarmNode } from './node.ts';
import type { Swarm } from './swarm.ts';

export function updateNode(swarm: Swarm, node: SwarmNode, spec: NodeSpec): void {
  const before = node.spec.Role;
  if (before === 'manager' && spec.Role === 'worker') checkDemotion(swarm, node);
  node.spec = { ...spec, Labels: spec.Labels ?? {} };
  swarm.touch(node);
  swarm.changed();
  if (before === spec.Role) return;
  const delayMs = spec.Role === 'manager' ? timings.managerJoinMs : timings.demoteMs;
  swarm.world.after(delayMs, () => carryOut(swarm, node));
}

function carryOut(swarm: Swarm, node: SwarmNode): void {
  if (node.spec.Role === 'worker' && node.voter) swarm.removeVoter(node);
  if (node.spec.Role !== 'manager' || node.voter || !swarm.nodes.has(node.id)) return;
  if (isAlive(node)) swarm.addVoter(node, { reachable: true });
  else swarm.world.after(timings.heartbeatMs, () => carryOut(swarm, node));
}

function checkDemotion(swarm: Swarm, node: SwarmNode): void {
  const managers = [...swarm.nodes.values()].filter(({ spec }) => spec.Role === 'manager');
  if (managers.length === 1) throw rpcError('FailedPrecondition', 'attempting to demote the last manager of the swarm');
  if (!node.voter) throw rpcError('NotFound', "can't find manager in raft memberlist");
  const livingAfter = swarm.livingVoters().filter((voter) => voter !== node && isAlive(voter)).length;
  if (livingAfter * 2 <= swarm.voters.size - 1) {
    throw rpcError('FailedPrecondition', "can't remove member from the raft: this would result in a loss of quorum");
  }
}
