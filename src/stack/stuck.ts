// What of a stack cannot run although nothing has to be changed, or will not once it is deployed. Pure.
import type { ApiStackTask } from '../engine/stack-calls.ts';
import { isUnheard, type SwarmNode } from '../model/swarm-node.ts';
import { unmet } from './eligible.ts';
import { judge } from './judge.ts';
import type { ServicePlan } from './plan.ts';

export interface Sight {
  nodes: readonly SwarmNode[];
  /** Those that are as their services are now. */
  tasks: readonly ApiStackTask[];
  /** ms since the epoch. */
  nowMs: number;
}

/** A sentence for each service that cannot run. */
export const stuck = (services: readonly ServicePlan[], sight: Sight): string[] =>
  services.flatMap((service) => {
    const why = unplaced(service, sight) ?? notRunning(service, sight);
    return why === undefined ? [] : [`${service.name} cannot run: ${why}`];
  });

function unplaced({ spec }: ServicePlan, { nodes }: Sight): string | undefined {
  if (spec.Mode.Replicated?.Replicas === 0) return undefined;
  const constraints = spec.TaskTemplate.Placement?.Constraints ?? [];
  const missing = constraints.length === 0 ? undefined : unmet(constraints, nodes);
  return missing === undefined ? undefined : `no node that takes tasks meets ${missing}`;
}

/** Only of what is left as it is: the rest starts anew. */
function notRunning({ now, changes }: ServicePlan, { nodes, tasks, nowMs }: Sight): string | undefined {
  if (!now || changes.length > 0) return undefined;
  const verdict = judge({
    service: now,
    tasks: tasks.filter(({ ServiceID }) => ServiceID === now.ID),
    nodes,
    earlier: new Set(),
    wrote: undefined,
    ageMs: ({ Status: { Timestamp } }) => nowMs - Date.parse(Timestamp ?? '') || 0,
    calmMs: nodes.some(isUnheard) ? 0 : Number.POSITIVE_INFINITY,
  });
  return verdict.state === 'failed' ? verdict.why : undefined;
}
