// Which services hold credentials for registries, as far as anybody knows. Pure.
import type { ApiService, ApiStackTask } from '../engine/stack-calls.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { type Held, heldBy, imageIn } from './registry-label.ts';
import { tasksBySlot } from './slots.ts';

export interface CredentialsRow {
  service: string;
  /** The registry of its image. */
  registry: string;
  /** What belt sent last; undefined where it sent nothing: somebody else may have. */
  held: Held | undefined;
  isExpired: boolean;
}

/** The services by name. `nowMs` since the epoch. */
export const credentialsRows = (services: readonly ApiService[], nowMs: number): CredentialsRow[] =>
  services
    .map(({ Spec }): CredentialsRow => {
      const held = heldBy(Spec.Labels);
      return {
        service: Spec.Name,
        registry: shownRegistry(registryOf(imageIn(Spec))),
        held,
        isExpired: Date.parse(held?.expires ?? '') <= nowMs,
      };
    })
    .toSorted((a, b) => (a.service < b.service ? -1 : 1));

/**
 * Why new credentials cannot be sent now without more than that; undefined where they can. Swarm overlooks credentials only in tasks that
 * run, and only where nothing else of them differs from their service (swarmkit, orchestrator.IsTaskDirty): a task that has ended, and is
 * not to be started again, would run once more.
 */
export function whyNot(service: ApiService, tasks: readonly ApiStackTask[]): string | undefined {
  const { ID, Spec, UpdateStatus } = service;
  const { ReplicatedJob, GlobalJob } = (Spec['Mode'] ?? {}) as { ReplicatedJob?: object; GlobalJob?: object };
  if (ReplicatedJob || GlobalJob) return 'it is a job, which every update runs again; its next deployment sends them';
  const state = UpdateStatus?.State ?? '';
  if (/^(updating|rollback_started)$/.test(state)) return 'it is being updated';
  if (/paused$/.test(state)) return 'its update is paused, and would go on';
  const own = tasks.filter(({ ServiceID }) => ServiceID === ID);
  if (mayEnd(service) && tasksBySlot(own).some(hasEnded))
    return 'a task of it has ended, and an update would run it again; its next change sends them';
  const placement = placementOf(Spec.TaskTemplate['Placement']);
  if (own.some((task) => task.DesiredState === 'running' && placementOf(task.Spec?.Placement) !== placement))
    return 'its placement changed while its tasks ran on, and an update would replace them: belt restart does';
  return undefined;
}

/** Whether Swarm leaves an ended task of it as it is, sooner or later. */
function mayEnd({ Spec }: ApiService): boolean {
  const { Condition = 'any', MaxAttempts = 0 } = (Spec.TaskTemplate['RestartPolicy'] ?? {}) as {
    Condition?: string;
    MaxAttempts?: number;
  };
  return Condition !== 'any' || MaxAttempts > 0;
}

/** Nothing runs there, and nothing is to. */
function hasEnded(slot: readonly ApiStackTask[]): boolean {
  const [newest] = slot;
  return (
    slot.every(({ DesiredState }) => DesiredState !== 'running' && DesiredState !== 'ready') &&
    /^(complete|failed|rejected)$/.test(newest!.Status.State)
  );
}

/** Platforms are the engine's own addition. */
function placementOf(placement: unknown): string {
  const { Constraints = [], Preferences = [], MaxReplicas = 0 } = (placement ?? {}) as Record<string, unknown>;
  return JSON.stringify([Constraints ?? [], Preferences ?? [], MaxReplicas ?? 0]);
}
