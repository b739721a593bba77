// Swarm's load balancer forgets a connection that was idle for 15 minutes, and tells neither end: the next query hangs. Servers of
// long-lived connections send keepalives before that, if the kernel's pause of two hours is shortened. Pure.
import type { ServiceSpec } from '../compose/spec.ts';
import type { ApiService } from '../engine/stack-calls.ts';

const SYSCTL = 'net.ipv4.tcp_keepalive_time';
const PAUSE_S = '600';
/** PostgreSQL, MySQL, Redis, AMQP. */
const PORTS = new Set([5432, 3306, 6379, 5672]);
const IMAGES = new Set(['postgres', 'postgis', 'mysql', 'mariadb', 'percona', 'redis', 'valkey', 'rabbitmq']);

/** Whether connections to it live long and pass through Swarm's load balancer, and its file does not say otherwise. */
function isNeeded({ TaskTemplate: task, EndpointSpec: endpoint, Mode: mode }: ServiceSpec): boolean {
  if (endpoint?.Mode === 'dnsrr' || mode.ReplicatedJob || mode.GlobalJob) return false;
  if (task.ContainerSpec.Sysctls?.[SYSCTL] !== undefined) return false;
  // There these are the node's own.
  if (task.Networks?.some(({ Target }) => Target === 'host')) return false;
  const image = task.ContainerSpec.Image.replace(/[:@].*$/, '')
    .split('/')
    .at(-1)!;
  return IMAGES.has(image) || (endpoint?.Ports ?? []).some(({ TargetPort }) => PORTS.has(TargetPort));
}

const hasIt = (spec: ApiService['Spec']): boolean => {
  const { Sysctls } = (spec.TaskTemplate['ContainerSpec'] ?? {}) as { Sysctls?: Record<string, string> | null };
  return Sysctls?.[SYSCTL] === PAUSE_S;
};

/**
 * The spec with a shorter pause, where that is needed. What runs without it stays so while nothing else changes of its tasks: a
 * database is not restarted for it.
 */
export function withKeepalive(
  wanted: ServiceSpec,
  now: ApiService | undefined,
  restarts: boolean,
): { spec: ServiceSpec; isNew: boolean } {
  const had = now !== undefined && hasIt(now.Spec);
  if (!isNeeded(wanted) || !(now === undefined || had || restarts)) return { spec: wanted, isNew: false };
  const { ContainerSpec: container } = wanted.TaskTemplate;
  const ContainerSpec = { ...container, Sysctls: { ...container.Sysctls, [SYSCTL]: PAUSE_S } };
  return { spec: { ...wanted, TaskTemplate: { ...wanted.TaskTemplate, ContainerSpec } }, isNew: !had };
}

/** One sentence for all that get it. */
export const keepaliveNote = (names: readonly string[]): string =>
  `${names.join(', ')}: idle connections through Swarm’s load balancer are cut after 15 minutes, so ${SYSCTL} is set to ${PAUSE_S}; ` +
  'to have it otherwise, name it under sysctls in the file';
