// What the options of `docker service create` and `update` make of a spec.

import { sortedKeys } from '../../model/labels.ts';
import { pinned } from '../../model/registry.ts';
import type { ContainerSpec, PortConfig, ServiceSpec } from '../../model/service.ts';
import { Failure, type Values } from '../framework/command.ts';
import { nanoseconds, type Resources, refuseNetworks, resources, restartPolicy, rolling } from './policies.ts';
import { parsePort } from './publish.ts';

/** Docker has these for both commands, and the sandbox has not. */
const REFUSED = [
  ...['cap-add', 'cap-drop', 'credential-spec', 'health-cmd', 'health-interval', 'health-retries', 'health-timeout'],
  ...['health-start-interval', 'health-start-period', 'isolation', 'log-driver', 'log-opt', 'max-concurrent'],
  ...['no-healthcheck', 'oom-score-adj', 'replicas-max-per-node'],
];

export const refusedByCreate: readonly string[] = [
  ...REFUSED,
  ...['config', 'dns', 'dns-option', 'dns-search', 'env-file', 'generic-resource', 'group', 'host', 'mount', 'secret'],
  ...['placement-pref', 'sysctl', 'ulimit'],
];

export const refusedByUpdate: readonly string[] = [
  ...REFUSED,
  'rollback',
  ...['config', 'dns', 'dns-option', 'dns-search', 'generic-resource', 'group', 'host', 'mount', 'network'].flatMap(
    both,
  ),
  ...['placement-pref', 'secret', 'sysctl', 'ulimit'].flatMap(both),
];

function both(name: string): string[] {
  return [`${name}-add`, `${name}-rm`];
}

/** What the registry says the image is for. */
const PLATFORMS = [{ Architecture: 'amd64', OS: 'linux' }];

/** The spec that `service create` asks for. */
export function newSpec(values: Values, args: string[]): ServiceSpec {
  const [image = '', ...command] = args;
  const ports = values.all('publish').map((value) => parsePort(value, { long: 'publish', short: 'p' }));
  const constraints = values.all('constraint');
  const restart = restartPolicy(values);
  const [update, rollback] = [rolling(values, 'update'), rolling(values, 'rollback')];
  refuseNetworks(values.all('network'));
  return {
    Name: values.text('name') ?? '',
    Labels: pairs(values.all('label')),
    TaskTemplate: {
      ContainerSpec: containerSpec(values, image, command),
      Resources: resources(values),
      ...(restart && { RestartPolicy: restart }),
      Placement: {
        ...(constraints.length > 0 ? { Constraints: constraints } : {}),
        ...(resolves(values) ? { Platforms: PLATFORMS } : {}),
      },
      ForceUpdate: 0,
    },
    Mode: modeOf(values),
    ...(update && { UpdateConfig: update }),
    ...(rollback && { RollbackConfig: rollback }),
    EndpointSpec: { Mode: endpointMode(values) ?? 'vip', ...(ports.length > 0 ? { Ports: ports } : {}) },
  };
}

/** Whether the registry is asked about the image. */
const resolves = (values: Values): boolean => !values.is('no-resolve-image');

function containerSpec(values: Values, image: string, command: string[]): ContainerSpec {
  const labels = pairs(values.all('container-label'));
  const entrypoint = values.text('entrypoint');
  const env = values.all('env');
  return {
    Image: pinned(image, { resolve: resolves(values) }),
    ...(Object.keys(labels).length > 0 ? { Labels: labels } : {}),
    ...(entrypoint === undefined ? {} : { Command: entrypoint.split(/\s+/) }),
    ...(command.length > 0 ? { Args: command } : {}),
    ...(values.has('hostname') ? { Hostname: values.text('hostname') } : {}),
    ...(env.length > 0 ? { Env: env } : {}),
    ...(values.has('workdir') ? { Dir: values.text('workdir') } : {}),
    ...(values.has('user') ? { User: values.text('user') } : {}),
    Init: values.is('init'),
    ...(values.has('stop-signal') ? { StopSignal: values.text('stop-signal') } : {}),
    ...(values.is('tty') ? { TTY: true } : {}),
    ...(values.is('read-only') ? { ReadOnly: true } : {}),
    ...(values.has('stop-grace-period') ? { StopGracePeriod: nanoseconds(values.text('stop-grace-period')!) } : {}),
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
  if (image !== undefined) ContainerSpec.Image = pinned(image, { resolve: resolves(values) });
  const args = values.text('args');
  if (args !== undefined) ContainerSpec.Args = args.split(/\s+/).filter((word) => word !== '');
  if (values.has('env-add') || values.has('env-rm')) {
    ContainerSpec.Env = editList(ContainerSpec.Env ?? [], values.all('env-add'), values.all('env-rm'));
    if (ContainerSpec.Env.length === 0) delete ContainerSpec.Env;
  }
  editContainer(ContainerSpec, values);
  editPolicies(spec, values);
  if (values.has('constraint-add') || values.has('constraint-rm')) {
    const before = (spec.TaskTemplate.Placement?.Constraints ?? []).filter(
      (text) => !values.all('constraint-rm').includes(text),
    );
    spec.TaskTemplate.Placement = { Constraints: [...before, ...values.all('constraint-add')], Platforms: PLATFORMS };
  }
  for (const name of values.all('label-rm')) delete spec.Labels[name];
  spec.Labels = sortedKeys({ ...spec.Labels, ...pairs(values.all('label-add')) });
  const replicas = values.number('replicas');
  if (replicas !== undefined) {
    if (spec.Mode.Replicated === undefined) throw new Failure('replicas can only be used with replicated mode');
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

function editContainer(container: ContainerSpec, values: Values): void {
  const edited: ContainerSpec = {
    ...container,
    ...(values.has('entrypoint') ? { Command: values.text('entrypoint')!.split(/\s+/) } : {}),
    ...(values.has('hostname') ? { Hostname: values.text('hostname') } : {}),
    ...(values.has('workdir') ? { Dir: values.text('workdir') } : {}),
    ...(values.has('user') ? { User: values.text('user') } : {}),
    ...(values.has('init') ? { Init: values.is('init') } : {}),
    ...(values.has('stop-signal') ? { StopSignal: values.text('stop-signal') } : {}),
    ...(values.has('tty') ? { TTY: values.is('tty') } : {}),
    ...(values.has('read-only') ? { ReadOnly: values.is('read-only') } : {}),
    ...(values.has('stop-grace-period') ? { StopGracePeriod: nanoseconds(values.text('stop-grace-period')!) } : {}),
  };
  const labels = { ...(container['Labels'] as Record<string, string> | undefined) };
  for (const name of values.all('container-label-rm')) delete labels[name];
  Object.assign(labels, pairs(values.all('container-label-add')));
  if (Object.keys(labels).length > 0) edited['Labels'] = labels;
  else delete edited['Labels'];
  for (const key of Object.keys(container)) delete container[key];
  Object.assign(container, edited);
  inOrder(container);
}

function editPolicies(spec: ServiceSpec, values: Values): void {
  const { TaskTemplate } = spec;
  const restart = restartPolicy(values, TaskTemplate['RestartPolicy'] as object | undefined);
  if (restart !== undefined) TaskTemplate['RestartPolicy'] = restart;
  TaskTemplate['Resources'] = resources(values, TaskTemplate['Resources'] as Resources | undefined);
  const update = rolling(values, 'update', spec['UpdateConfig'] as object | undefined);
  const rollback = rolling(values, 'rollback', spec['RollbackConfig'] as object | undefined);
  if (update !== undefined) spec['UpdateConfig'] = update;
  if (rollback !== undefined) spec['RollbackConfig'] = rollback;
}

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
  return sortedKeys(
    Object.fromEntries(values.map((value) => value.split(/=(.*)/s)).map(([key = '', text = '']) => [key, text])),
  );
}
