// What a service has where nobody said otherwise: `docker service inspect` asks the engine to fill it in.

import type { ContainerSpec, ServiceSpec } from '../model/service.ts';
import type { ServiceJson } from './services.ts';

const SECOND = 1_000_000_000;

const ROLLING = {
  Parallelism: 1,
  FailureAction: 'pause',
  Monitor: 5 * SECOND,
  MaxFailureRatio: 0,
  Order: 'stop-first',
} as const;

/** The fields of a container in the order in which docker writes them; others, which nobody set, are left out. */
const CONTAINER_ORDER = [
  ...['Image', 'Labels', 'Command', 'Args', 'Hostname', 'Env', 'Dir', 'User', 'Init', 'StopSignal', 'TTY', 'ReadOnly'],
  ...['StopGracePeriod', 'DNSConfig', 'Isolation'],
];

/** The service with every default written out. */
export function withDefaults(service: ServiceJson): ServiceJson {
  const { Name, Labels, TaskTemplate, Mode, UpdateConfig, RollbackConfig, EndpointSpec } = service.Spec;
  const { ContainerSpec: container, Resources, RestartPolicy, Placement, ForceUpdate, ...rest } = TaskTemplate;
  const template = {
    ContainerSpec: filled(container),
    Resources,
    RestartPolicy: { Condition: 'any', Delay: 5 * SECOND, MaxAttempts: 0, ...(RestartPolicy as object | undefined) },
    Placement,
    ForceUpdate,
    ...rest,
  };
  const spec: ServiceSpec = {
    Name,
    Labels,
    TaskTemplate: template,
    Mode,
    UpdateConfig: going(UpdateConfig),
    RollbackConfig: going(RollbackConfig),
    EndpointSpec,
  };
  return { ...service, Spec: spec };
}

/** A delay comes second, where there is one. */
function going(config: unknown): object {
  const { Parallelism, Delay, ...rest } = { ...ROLLING, ...(config as { Delay?: number } | undefined) };
  return { Parallelism, ...(Delay ? { Delay } : {}), ...rest };
}

function filled(container: ContainerSpec): ContainerSpec {
  const all: ContainerSpec = { StopGracePeriod: 10 * SECOND, ...container };
  const known = CONTAINER_ORDER.filter((key) => all[key] !== undefined).map((key) => [key, all[key]]);
  return Object.fromEntries(known) as ContainerSpec;
}
