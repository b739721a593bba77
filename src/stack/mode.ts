// What kind of service it is, as its spec says. Pure.
import type { ApiService } from '../engine/stack-calls.ts';

export interface Mode {
  kind: string;
  job: boolean;
  /** How many tasks there are to be; of jobs, how many are to complete. */
  count: number;
}

export function modeOf({ Spec }: Pick<ApiService, 'Spec'>): Mode {
  const mode = (Spec['Mode'] ?? {}) as Record<string, { Replicas?: number; TotalCompletions?: number } | null>;
  const [kind = 'Replicated', values] = Object.entries(mode).find(([, value]) => value !== null) ?? [];
  return { kind, job: kind.endsWith('Job'), count: values?.TotalCompletions ?? values?.Replicas ?? 1 };
}

export interface Policy {
  Condition?: string;
  MaxAttempts?: number;
}

export const policyOf = ({ Spec }: ApiService): Policy => (Spec.TaskTemplate['RestartPolicy'] ?? {}) as Policy;

/** Whether a task that ended without an error is started again. */
export const restartsAlways = (service: ApiService): boolean =>
  !modeOf(service).job && (policyOf(service).Condition ?? 'any') === 'any';

/** How often its tasks were replaced for no change of theirs. */
export const forcedOf = ({ Spec: { TaskTemplate } }: Pick<ApiService, 'Spec'>): number =>
  typeof TaskTemplate['ForceUpdate'] === 'number' ? TaskTemplate['ForceUpdate'] : 0;
