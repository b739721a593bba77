// The options of `docker service create` and `update`, and what they make of a spec.

import { pinned } from '../../model/registry.ts';
import type { ContainerSpec, PortConfig, ServiceSpec } from '../../model/service.ts';
import { Failure, flag, list, type Option, text, type Values } from '../framework/command.ts';
import { parsePort } from './publish.ts';

/** Options that change nothing one could see in the sandbox: taken, and without effect. */
const WITHOUT_EFFECT: Option[] = [
  ...['with-registry-auth', 'no-resolve-image', 'init', 'read-only', 'tty', 'no-healthcheck'].map((name) =>
    flag(name, '(no effect here)'),
  ),
  ...[
    'limit-cpu',
    'limit-memory',
    'limit-pids',
    'reserve-cpu',
    'reserve-memory',
    'log-driver',
    'stop-grace-period',
  ].map((name) => text(name, '(no effect here)')),
  ...['restart-condition', 'restart-delay', 'restart-max-attempts', 'restart-window', 'stop-signal'].map((name) =>
    text(name, '(no effect here)'),
  ),
  ...[
    'update-delay',
    'update-parallelism',
    'update-order',
    'update-monitor',
    'update-failure-action',
    'update-max-failure-ratio',
  ].map((name) => text(name, '(no effect here)')),
  ...['rollback-delay', 'rollback-parallelism', 'rollback-order', 'rollback-monitor', 'rollback-failure-action'].map(
    (name) => text(name, '(no effect here)'),
  ),
  ...['health-cmd', 'health-interval', 'health-retries', 'health-start-period', 'health-timeout', 'isolation'].map(
    (name) => text(name, '(no effect here)'),
  ),
];

const common: Option[] = [
  flag('detach', 'Exit immediately instead of waiting for the service to converge', 'd'),
  flag('quiet', 'Suppress progress output', 'q'),
  text('endpoint-mode', 'Endpoint mode (vip or dnsrr)'),
  text('entrypoint', 'Overwrite the default ENTRYPOINT of the image'),
  text('hostname', 'Container hostname'),
  text('user', 'Username or UID (format: <name|uid>[:<group|gid>])', 'u'),
  text('workdir', 'Working directory inside the container', 'w'),
  { ...text('replicas', 'Number of tasks'), kind: 'uint' },
];

export const createOptions: Option[] = [
  text('name', 'Service name'),
  text('mode', 'Service mode ("replicated", "global")'),
  list('publish', 'Publish a port as a node port', 'p'),
  list('constraint', 'Placement constraints'),
  list('env', 'Set environment variables', 'e'),
  list('label', 'Service labels', 'l'),
  list('container-label', 'Container labels'),
  ...common,
  ...['network', 'mount', 'log-opt', 'placement-pref'].map((name) => list(name, '(no effect here)')),
  ...WITHOUT_EFFECT,
];

export const updateOptions: Option[] = [
  text('image', 'Service image tag'),
  text('args', 'Service command args'),
  flag('force', 'Force update even if no changes require it'),
  ...['publish-add', 'publish-rm', 'constraint-add', 'constraint-rm', 'env-add', 'env-rm', 'label-add', 'label-rm'].map(
    (name) => list(name, `${name.endsWith('add') ? 'Add or update' : 'Remove'} ${name.replace(/-.*/, '')}`),
  ),
  ...common,
  ...['network-add', 'network-rm', 'mount-add', 'mount-rm'].map((name) => list(name, '(no effect here)')),
  ...WITHOUT_EFFECT,
];

/** What the registry says the image is for. */
const PLATFORMS = [{ Architecture: 'amd64', OS: 'linux' }];

/** The spec that `service create` asks for. */
export function newSpec(values: Values, args: string[]): ServiceSpec {
  const [image = '', ...command] = args;
  const ports = values.all('publish').map((value) => parsePort(value, { long: 'publish', short: 'p' }));
  const constraints = values.all('constraint');
  return {
    Name: values.text('name') ?? '',
    Labels: pairs(values.all('label')),
    TaskTemplate: {
      ContainerSpec: containerSpec(values, image, command),
      Resources: { Limits: {}, Reservations: {} },
      Placement: { ...(constraints.length > 0 ? { Constraints: constraints } : {}), Platforms: PLATFORMS },
      ForceUpdate: 0,
    },
    Mode: modeOf(values),
    EndpointSpec: { Mode: endpointMode(values) ?? 'vip', ...(ports.length > 0 ? { Ports: ports } : {}) },
  };
}

function containerSpec(values: Values, image: string, command: string[]): ContainerSpec {
  const labels = pairs(values.all('container-label'));
  const entrypoint = values.text('entrypoint');
  const env = values.all('env');
  return {
    Image: image === '' ? image : pinned(image),
    ...(Object.keys(labels).length > 0 ? { Labels: labels } : {}),
    ...(entrypoint === undefined ? {} : { Command: entrypoint.split(/\s+/) }),
    ...(command.length > 0 ? { Args: command } : {}),
    ...(values.has('hostname') ? { Hostname: values.text('hostname') } : {}),
    ...(env.length > 0 ? { Env: env } : {}),
    ...(values.has('workdir') ? { Dir: values.text('workdir') } : {}),
    ...(values.has('user') ? { User: values.text('user') } : {}),
    Init: false,
    DNSConfig: {},
  };
}

function modeOf(values: Values): ServiceSpec['Mode'] {
  const mode = values.text('mode') ?? 'replicated';
  if (mode === 'global') {
    if (values.has('replicas')) throw new Failure('replicas can only be used with replicated or replicated-job mode');
    return { Global: {} };
  }
  if (mode !== 'replicated') throw new Failure(`Unknown mode: ${mode}, only replicated and global supported`);
  return { Replicated: { Replicas: values.number('replicas') ?? 1 } };
}

function endpointMode(values: Values): 'vip' | 'dnsrr' | undefined {
  return values.text('endpoint-mode') as 'vip' | 'dnsrr' | undefined;
}

/** Writes what `service update` changes into a spec. */
export function editSpec(spec: ServiceSpec, values: Values): void {
  const { ContainerSpec } = spec.TaskTemplate;
  const image = values.text('image');
  if (image !== undefined) ContainerSpec.Image = pinned(image);
  const args = values.text('args');
  if (args !== undefined) ContainerSpec.Args = args.split(/\s+/).filter((word) => word !== '');
  if (values.has('env-add') || values.has('env-rm')) {
    ContainerSpec.Env = editList(ContainerSpec.Env ?? [], values.all('env-add'), values.all('env-rm'));
  }
  inOrder(ContainerSpec);
  if (values.has('constraint-add') || values.has('constraint-rm')) {
    const before = (spec.TaskTemplate.Placement?.Constraints ?? []).filter(
      (text) => !values.all('constraint-rm').includes(text),
    );
    spec.TaskTemplate.Placement = { Constraints: [...before, ...values.all('constraint-add')], Platforms: PLATFORMS };
  }
  for (const name of values.all('label-rm')) delete spec.Labels[name];
  Object.assign(spec.Labels, pairs(values.all('label-add')));
  const replicas = values.number('replicas');
  if (replicas !== undefined) {
    if (spec.Mode.Replicated === undefined)
      throw new Failure('replicas can only be used with replicated or replicated-job mode');
    spec.Mode = { Replicated: { Replicas: replicas } };
  }
  editEndpoint(spec, values);
  if (values.is('force')) spec.TaskTemplate.ForceUpdate = (spec.TaskTemplate.ForceUpdate ?? 0) + 1;
}

function editEndpoint(spec: ServiceSpec, values: Values): void {
  const gone = values.all('publish-rm').map((value) => parsePort(value, { long: 'publish-rm' }));
  const added = values.all('publish-add').map((value) => parsePort(value, { long: 'publish-add' }));
  const mode = endpointMode(values);
  if (gone.length === 0 && added.length === 0 && mode === undefined) return;
  const replaced = ({ TargetPort, Protocol }: PortConfig) =>
    [...gone].some((port) => port.TargetPort === TargetPort && port.Protocol === Protocol);
  const kept = (spec.EndpointSpec?.Ports ?? []).filter((port) => !replaced(port));
  spec.EndpointSpec = { Mode: mode ?? spec.EndpointSpec?.Mode ?? 'vip', Ports: [...kept, ...added].sort(byPort) };
}

/** The order in which docker writes ports: that of their texts. */
const byPort = (a: PortConfig, b: PortConfig): number => (portText(a) < portText(b) ? -1 : 1);
const portText = ({ PublishedPort, TargetPort, Protocol }: PortConfig) => `${PublishedPort}:${TargetPort}/${Protocol}`;

/** Keeps the fields in the order in which docker prints them. */
function inOrder(spec: ContainerSpec): void {
  const { Image, Labels, Command, Args, Hostname, Env, Dir, User, ...rest } = spec;
  const first = { Image, Labels, Command, Args, Hostname, Env, Dir, User };
  for (const key of Object.keys(spec)) delete spec[key];
  for (const [key, value] of Object.entries({ ...first, ...rest })) if (value !== undefined) spec[key] = value;
}

/** `A=b` replaces the `A` that is there. */
function editList(before: string[], added: string[], removed: string[]): string[] {
  const nameOf = (pair: string) => pair.split('=')[0];
  const gone = new Set([...removed, ...added.map(nameOf)]);
  return [...before.filter((pair) => !gone.has(nameOf(pair))), ...added];
}

function pairs(values: string[]): Record<string, string> {
  return Object.fromEntries(values.map((value) => value.split(/=(.*)/s)).map(([key = '', text = '']) => [key, text]));
}
