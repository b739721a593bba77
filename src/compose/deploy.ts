// The part of a service that is about the swarm: how many, where, with what, and how it is updated.

import { given, some } from './bodies.ts';
import {
  LIMITS_KEYS,
  PLACEMENT_KEYS,
  RESERVATIONS_KEYS,
  RESOURCES_KEYS,
  RESTART_KEYS,
  UPDATE_KEYS,
} from './known-keys.ts';
import { Reader } from './read.ts';
import type { GenericResource, Placement, Resources, RestartPolicy, ServiceMode, UpdateConfig } from './spec.ts';
import { checkKeys } from './unknown-keys.ts';

const MODES = ['replicated', 'global', 'replicated-job', 'global-job'] as const;

/** Each is a task that managers keep in memory. */
const MANY = { most: 100_000 };

/** `scale` is Compose's own word for `deploy.replicas`. */
export function modeOf(service: Reader, deploy: Reader): ServiceMode {
  const mode = deploy.oneOf('mode', MODES) ?? 'replicated';
  const replicas = deploy.integer('replicas', MANY) ?? service.integer('scale', MANY);
  if (mode.startsWith('global')) {
    const value = deploy.get('replicas');
    if (value) deploy.report.error(value, `deploy.replicas: a ${mode} service has one task on each node`);
    return mode === 'global' ? { Global: {} } : { GlobalJob: {} };
  }
  const many = replicas ?? 1;
  return mode === 'replicated'
    ? { Replicated: { Replicas: many } }
    : { ReplicatedJob: { MaxConcurrent: many, TotalCompletions: many } };
}

export const isJob = (mode: ServiceMode): boolean => mode.ReplicatedJob !== undefined || mode.GlobalJob !== undefined;

export function updateOf(
  deploy: Reader,
  key: 'update_config' | 'rollback_config',
  mode: ServiceMode,
): UpdateConfig | undefined {
  const value = deploy.get(key);
  if (value === undefined) return undefined;
  if (isJob(mode)) deploy.report.error(value, `deploy.${key}: a job has none`);
  const reader = deploy.inner(key);
  checkKeys(reader, UPDATE_KEYS);
  return some<UpdateConfig>({
    Parallelism: reader.integer('parallelism') ?? 1,
    Delay: reader.duration('delay'),
    FailureAction: reader.oneOf('failure_action', [
      'pause',
      'continue',
      ...(key === 'update_config' ? ['rollback'] : []),
    ]),
    Monitor: reader.duration('monitor'),
    MaxFailureRatio: reader.number('max_failure_ratio', { least: 0, most: 1 }),
    Order: reader.oneOf('order', ['start-first', 'stop-first']),
  });
}

export function placementOf(deploy: Reader): Placement {
  const placement = deploy.inner('placement');
  checkKeys(placement, PLACEMENT_KEYS);
  const constraints = placement.texts('constraints');
  const preferences = placement.items('preferences').flatMap((item) => {
    const spread = new Reader(item, deploy.report, placement.name('preferences')).text('spread');
    return spread === undefined ? [] : [{ Spread: { SpreadDescriptor: spread } }];
  });
  return some<Placement>({
    Constraints: constraints.length === 0 ? undefined : constraints,
    Preferences: preferences.length === 0 ? undefined : preferences,
    MaxReplicas: placement.integer('max_replicas_per_node'),
  });
}

/** -1: no limit. */
const OR_NONE = { least: -1 };

/** Those of `deploy` come before the older keys of the service itself. */
export function resourcesOf(service: Reader, deploy: Reader): Resources {
  const resources = deploy.inner('resources');
  const [limits, reservations] = [resources.inner('limits'), resources.inner('reservations')];
  checkKeys(resources, RESOURCES_KEYS);
  checkKeys(limits, LIMITS_KEYS);
  checkKeys(reservations, RESERVATIONS_KEYS);
  const generic = genericOf(reservations);
  return some<Resources>({
    Limits: given({
      NanoCPUs: limits.nanoCpus('cpus') ?? service.nanoCpus('cpus'),
      MemoryBytes: limits.bytes('memory') ?? service.bytes('mem_limit'),
      Pids: limits.integer('pids', OR_NONE) ?? service.integer('pids_limit', OR_NONE),
    }),
    Reservations: given({
      NanoCPUs: reservations.nanoCpus('cpus'),
      MemoryBytes: reservations.bytes('memory') ?? service.bytes('mem_reservation'),
      GenericResources: generic.length === 0 ? undefined : generic,
    }),
  });
}

function genericOf(reservations: Reader): GenericResource[] {
  return reservations.items('generic_resources').flatMap((item): GenericResource[] => {
    const outer = new Reader(item, reservations.report, reservations.name('generic_resources'));
    const reader = outer.inner('discrete_resource_spec');
    const [Kind, Value] = [reader.text('kind'), reader.integer('value')];
    return Kind === undefined || Value === undefined ? [] : [{ DiscreteResourceSpec: { Kind, Value } }];
  });
}

/** `deploy.restart_policy`, or the older `restart`. */
export function restartOf(service: Reader, deploy: Reader): RestartPolicy | undefined {
  if (!deploy.has('restart_policy')) return oldRestart(service);
  const policy = deploy.inner('restart_policy');
  checkKeys(policy, RESTART_KEYS);
  return some<RestartPolicy>({
    Condition: policy.oneOf('condition', ['none', 'on-failure', 'any']),
    Delay: policy.duration('delay'),
    MaxAttempts: policy.integer('max_attempts'),
    Window: policy.duration('window'),
  });
}

function oldRestart(service: Reader): RestartPolicy | undefined {
  const value = service.get('restart');
  const [, word, attempts] =
    /^(no|false|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(service.text('restart') ?? 'no') ?? [];
  if (word === undefined)
    service.report.error(value!, 'restart must be always, unless-stopped, on-failure[:N] or "no"');
  if (word === undefined || word === 'no' || word === 'false') return undefined;
  const MaxAttempts = attempts === undefined || attempts === '0' ? undefined : Number(attempts);
  return some<RestartPolicy>({ Condition: word === 'on-failure' ? 'on-failure' : 'any', MaxAttempts });
}
