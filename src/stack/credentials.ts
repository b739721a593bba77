// Which services hold credentials for registries, as far as anybody knows. Pure.
import type { ApiService } from '../engine/stack-calls.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { type Held, heldBy, imageIn } from './registry-label.ts';

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

/** Why new credentials cannot be sent now without more than that; undefined where they can. */
export function whyNot({ Spec, UpdateStatus }: ApiService): string | undefined {
  const { ReplicatedJob, GlobalJob } = (Spec['Mode'] ?? {}) as { ReplicatedJob?: object; GlobalJob?: object };
  if (ReplicatedJob || GlobalJob) return 'it is a job, which every update runs again; its next deployment sends them';
  const state = UpdateStatus?.State ?? '';
  if (/^(updating|rollback_started)$/.test(state)) return 'it is being updated';
  if (/paused$/.test(state)) return 'its update is paused, and would go on';
  return undefined;
}
