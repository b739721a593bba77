// Reconciles the running tasks with the desired state. Called whenever something changed; doing nothing is cheap.
import { satisfies } from './constraints.ts';
import { isAlive, type SwarmNode } from './node.ts';
import { isGlobal, isLive, replicasOf, type Service, type Task } from './service.ts';
import type { Swarm } from './swarm.ts';
import { forgetTask, makeTask, setState, startOn, stopTask } from './tasks.ts';
import { followUpdate } from './updates.ts';

export function reconcile(swarm: Swarm): void {
  if (swarm.services.size === 0) return;
  leaveLostNodes(swarm);
  const load = new Map<SwarmNode, number>();
  for (const { node, desired } of swarm.tasks.values()) {
    if (node !== undefined && desired === 'running') load.set(node, (load.get(node) ?? 0) + 1);
  }
  for (const service of swarm.services.values()) {
    followUpdate(swarm, service);
    leaveOutdated(swarm, service);
    if (isGlobal(service)) oneEverywhere(swarm, service);
    else fillSlots(swarm, service, replicasOf(service) ?? 1);
    placePending(swarm, service, load);
    trimHistory(swarm, service);
  }
}

/** Tasks of nodes that are down, drained or gone end, so that others take their place. */
function leaveLostNodes(swarm: Swarm): void {
  for (const task of [...swarm.tasks.values()]) {
    const { node } = task;
    if (node === undefined) continue;
    if (!swarm.nodes.has(node.id) && task.state === 'running') setState(swarm, task, 'orphaned', 'node was removed');
    const lost = !swarm.nodes.has(node.id) || node.state === 'down' || node.spec.Availability === 'drain';
    if (lost && isLive(task)) stopTask(swarm, task, 'shutdown');
    // A node that came back stops what was replaced while it was away.
    if (task.desired === 'shutdown' && task.state === 'running' && isAlive(node)) stopTask(swarm, task, 'shutdown');
  }
}

const liveTasks = (service: Service): Task[] => [...service.tasks].filter(isLive);

const isEligible = (node: SwarmNode, service: Service): boolean => node.state === 'ready' && maySuit(node, service);

/** A node of which a new leader has not heard yet keeps what it runs. */
const maySuit = (node: SwarmNode, service: Service): boolean =>
  node.state !== 'down' &&
  node.spec.Availability === 'active' &&
  satisfies(node, service.spec.TaskTemplate.Placement?.Constraints ?? []);

function fillSlots(swarm: Swarm, service: Service, replicas: number): void {
  const taken = new Set<number>();
  for (const task of liveTasks(service)) {
    const slot = task.slot ?? 0;
    if (slot > replicas || taken.has(slot)) stopTask(swarm, task, 'remove');
    else taken.add(slot);
  }
  for (let slot = 1; slot <= replicas; slot++) if (!taken.has(slot)) makeTask(swarm, service, slot);
}

function oneEverywhere(swarm: Swarm, service: Service): void {
  const served = new Set<SwarmNode>();
  for (const task of liveTasks(service)) {
    if (task.node === undefined || !maySuit(task.node, service)) stopTask(swarm, task, 'remove');
    else served.add(task.node);
  }
  for (const node of swarm.nodes.values()) {
    if (isEligible(node, service) && !served.has(node)) startOn(swarm, makeTask(swarm, service, undefined), node);
  }
}

/** Spreads tasks: the node with the fewest of this service, then with the fewest at all. */
function placePending(swarm: Swarm, service: Service, load: Map<SwarmNode, number>): void {
  const pending = liveTasks(service).filter((task) => task.state === 'pending');
  if (pending.length === 0) return;
  const own = new Map<SwarmNode, number>();
  for (const { node } of liveTasks(service)) if (node !== undefined) own.set(node, (own.get(node) ?? 0) + 1);
  const nodes = [...swarm.nodes.values()].filter((node) => isEligible(node, service));
  for (const task of pending) {
    const node = lightest(nodes, own, load);
    if (node === undefined) {
      task.error = unplaceable(swarm, service);
      continue;
    }
    own.set(node, (own.get(node) ?? 0) + 1);
    load.set(node, (load.get(node) ?? 0) + 1);
    startOn(swarm, task, node);
  }
}

function lightest(nodes: SwarmNode[], own: Map<SwarmNode, number>, load: Map<SwarmNode, number>) {
  let best: SwarmNode | undefined;
  let bestOwn = 0;
  let bestLoad = 0;
  for (const node of nodes) {
    const itsOwn = own.get(node) ?? 0;
    const itsLoad = load.get(node) ?? 0;
    if (best === undefined || itsOwn < bestOwn || (itsOwn === bestOwn && itsLoad < bestLoad)) {
      [best, bestOwn, bestLoad] = [node, itsOwn, itsLoad];
    }
  }
  return best;
}

function unplaceable(swarm: Swarm, service: Service): string {
  const nodes = [...swarm.nodes.values()];
  const working = nodes.filter(({ state, spec }) => state === 'ready' && spec.Availability === 'active');
  const constraints = service.spec.TaskTemplate.Placement?.Constraints ?? [];
  const reasons: string[] = [];
  const outOfConstraints = working.filter((node) => !satisfies(node, constraints)).length;
  if (outOfConstraints > 0) reasons.push(`scheduling constraints not satisfied on ${count(outOfConstraints)}`);
  const idle = nodes.length - working.length;
  if (idle > 0) reasons.push(`${count(idle)} not available for new tasks`);
  return `no suitable node (${reasons.join('; ')})`;
}

const count = (nodes: number): string => (nodes === 1 ? '1 node' : `${nodes} nodes`);

/** Tasks of an older template end, and new ones take their places. Nothing waits for anything. */
function leaveOutdated(swarm: Swarm, service: Service): void {
  for (const task of liveTasks(service)) {
    if (task.generation !== service.generation) stopTask(swarm, task, 'shutdown');
  }
}

/** Of every slot's ended tasks the newest few stay. */
function trimHistory(swarm: Swarm, service: Service): void {
  const ended = new Map<number | SwarmNode | undefined, Task[]>();
  for (const task of service.tasks) {
    if (task.desired !== 'shutdown') continue;
    const place = task.slot ?? task.node;
    const others = ended.get(place) ?? [];
    others.push(task);
    ended.set(place, others);
  }
  for (const tasks of ended.values()) {
    for (const task of tasks.slice(0, Math.max(0, tasks.length - swarm.taskHistoryLimit))) forgetTask(swarm, task);
  }
}
