// The stacks of a swarm. Pure.
import type { ApiService } from '../engine/stack-calls.ts';
import { type Labelled, STACK } from './labels.ts';
import { deployedAt, newestMark } from './mark.ts';
import { modeOf } from './mode.ts';
import type { Existing } from './observe.ts';

export interface StackSummary {
  name: string;
  services: number;
  /** Tasks that run, and that are to run; of jobs, which end, there are none. */
  running: number;
  desired: number;
  /** When it was last deployed, or its newest service changed where docker did it; undefined where it has no service. */
  deployed: string | undefined;
  by: 'belt' | 'docker' | undefined;
}

const stackOf = (labels: Labelled): string | undefined => labels?.[STACK];

/** Stacks by name; those of which only a network, a config or a secret is left are among them. */
export function stacksOf({ services, networks, configs, secrets }: Omit<Existing, 'salt'>): StackSummary[] {
  const labels = [
    ...[...services, ...configs, ...secrets].map(({ Spec }) => Spec.Labels),
    ...networks.map(({ Labels }) => Labels),
  ];
  const names = new Set(labels.flatMap((each) => stackOf(each) ?? []));
  return [...names].toSorted().map((name) =>
    summaryOf(
      name,
      services.filter(({ Spec }) => stackOf(Spec.Labels) === name),
    ),
  );
}

function summaryOf(name: string, services: readonly ApiService[]): StackSummary {
  const status = services.filter((service) => !modeOf(service).job).map(({ ServiceStatus }) => ServiceStatus);
  const sum = (key: 'RunningTasks' | 'DesiredTasks') => status.reduce((all, each) => all + (each?.[key] ?? 0), 0);
  const mark = newestMark(services);
  const changed = services.flatMap(({ UpdatedAt }) => UpdatedAt ?? []).toSorted();
  return {
    name,
    services: services.length,
    running: sum('RunningTasks'),
    desired: sum('DesiredTasks'),
    deployed: mark === undefined ? changed.at(-1) : deployedAt(mark),
    by: services.length === 0 ? undefined : mark === undefined ? 'docker' : 'belt',
  };
}
