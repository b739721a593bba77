// /nodes: the swarm's nodes, as reported by a manager.
import { EngineError, outOfSequence, rpcError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { type Availability, type NodeJson, type NodeSpec, nodeJson, type SwarmNode } from '../model/node.ts';
import { updateNode } from '../model/roles.ts';
import type { Swarm } from '../model/swarm.ts';
import { accepts, acceptsLabels, checkFilters, checkValues, type Filters } from './filters.ts';
import { findOne } from './find.ts';
import { managed } from './guard.ts';

/** The node of an id, a hostname, or the beginning of an id. */
export const findNode = (swarm: Swarm, word: string): SwarmNode =>
  findOne('node', swarm.nodes, word, ({ hostname }) => hostname);

export function nodeList(engine: Engine, filters: Filters = {}): NodeJson[] {
  const { swarm } = managed(engine);
  checkFilters(filters, ['id', 'label', 'node.label', 'membership', 'name', 'role']);
  checkValues(filters, 'role', ['worker', 'manager']);
  checkValues(filters, 'membership', ['pending', 'accepted']);
  const leader = swarm.leader();
  const found: NodeJson[] = [];
  for (const node of swarm.nodes.values()) {
    if (
      accepts(filters, 'id', (id) => node.id.startsWith(id)) &&
      accepts(filters, 'name', (name) => node.hostname.startsWith(name)) &&
      accepts(filters, 'role', (role) => node.spec.Role === role.toLowerCase()) &&
      accepts(filters, 'membership', (membership) => membership.toLowerCase() === 'accepted') &&
      acceptsLabels(filters, 'label', {}) &&
      acceptsLabels(filters, 'node.label', node.spec.Labels)
    ) {
      found.push(nodeJson(node, node === leader));
    }
  }
  return found;
}

export function nodeInspect(engine: Engine, name: string): NodeJson {
  const { swarm } = managed(engine);
  const node = findNode(swarm, name);
  return nodeJson(node, node === swarm.leader());
}

/** Refuses a word that is no availability. */
export function checkAvailability(word: Availability): Availability {
  if (['active', 'pause', 'drain'].includes(word)) return word;
  throw new EngineError(400, `invalid Availability: "${word ?? ''}"`);
}

export function nodeUpdate(engine: Engine, name: string, version: number, spec: NodeSpec): void {
  const { swarm } = managed(engine);
  const node = findNode(swarm, name);
  if (!['worker', 'manager'].includes(spec.Role)) throw new EngineError(400, `invalid Role: "${spec.Role ?? ''}"`);
  checkAvailability(spec.Availability);
  if (version !== node.version) throw outOfSequence();
  updateNode(swarm, node, spec);
}

export function nodeRemove(engine: Engine, name: string, { force }: { force: boolean }): void {
  const { swarm } = managed(engine);
  const node = findNode(swarm, name);
  if (node.voter) {
    const why = 'is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal';
    throw rpcError('FailedPrecondition', `node ${node.id} ${why}`);
  }
  if (!force && node.state === 'ready') {
    throw rpcError('FailedPrecondition', `node ${node.id} is not down and can't be removed`);
  }
  swarm.removeNode(node);
  const { membership } = node.engine;
  // One that is locked is not told.
  if (membership?.node !== node || membership.state === 'locked') return;
  membership.state = 'error';
  membership.error = 'rpc error: code = PermissionDenied desc = Permission denied: node removed from swarm';
}
