// Tasks by the place that they have in their service. Pure.
import type { ApiStackTask } from '../engine/stack-calls.ts';

/** The tasks of each slot, or of each node where the service is global; the newest first. Of one service: slots are counted in each. */
export function tasksBySlot(tasks: readonly ApiStackTask[]): ApiStackTask[][] {
  const slots = new Map<string, ApiStackTask[]>();
  for (const task of tasks.toSorted((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1))) {
    const slot = task.Slot ? `slot ${task.Slot}` : `node ${task.NodeID}`;
    slots.set(slot, [...(slots.get(slot) ?? []), task]);
  }
  return [...slots.values()];
}
