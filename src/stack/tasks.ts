// The tasks of a stack's services, for people. Pure.
import type { ApiService, ApiStackTask } from '../engine/stack-calls.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { nameOf } from './observe.ts';

export interface TaskSummary {
  id: string;
  /** `web.1`, or `agent` where there is one for each node. */
  name: string;
  service: string;
  node: string | undefined;
  /** The node does not answer, so that nobody knows what became of the task. */
  nodeIsDown: boolean;
  state: string;
  /** What Swarm wants it to be. */
  wanted: string;
  since: string | undefined;
  error: string | undefined;
  /** There is a newer one in its place. */
  isEarlier: boolean;
}

/** The tasks by service and slot, the newest of each slot first. */
export function tasksOf(
  tasks: readonly ApiStackTask[],
  services: readonly ApiService[],
  nodes: readonly SwarmNode[],
): TaskSummary[] {
  const seen = new Set<string>();
  return tasks
    .toSorted((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1))
    .map((task) => {
      const place = `${task.ServiceID} ${task.Slot || task.NodeID}`;
      const isEarlier = seen.has(place);
      seen.add(place);
      return summaryOf(task, { services, nodes, isEarlier });
    })
    .toSorted((a, b) => a.service.localeCompare(b.service) || a.name.localeCompare(b.name, 'en', { numeric: true }));
}

interface Around {
  services: readonly ApiService[];
  nodes: readonly SwarmNode[];
  isEarlier: boolean;
}

function summaryOf(task: ApiStackTask, { services, nodes, isEarlier }: Around): TaskSummary {
  const service = services.find(({ ID }) => ID === task.ServiceID);
  const node = nodes.find(({ id }) => id === task.NodeID);
  const name = service ? nameOf(service) : 'a removed service';
  return {
    id: task.ID,
    name: task.Slot ? `${name}.${task.Slot}` : name,
    service: name,
    node: node?.hostname ?? (task.NodeID || undefined),
    nodeIsDown: node?.state === 'down',
    state: task.Status.State,
    wanted: task.DesiredState,
    since: task.Status.Timestamp ?? undefined,
    error: task.Status.Err || undefined,
    isEarlier,
  };
}
