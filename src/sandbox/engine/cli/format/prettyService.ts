// `docker service inspect --pretty`.

import type { ServiceJson } from '../../api/services.ts';
import { ago, bytesSize, goDuration } from './units.ts';

/** One service, for people. */
export function prettyService({ ID, Spec, Endpoint, UpdateStatus }: ServiceJson): string {
  const { ContainerSpec, Placement } = Spec.TaskTemplate;
  const labels = Object.entries(Spec.Labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const constraints = Placement?.Constraints ?? [];
  const lines = [
    '',
    `ID:\t\t${ID}`,
    `Name:\t\t${Spec.Name}`,
    ...(labels.length === 0 ? [] : ['Labels:', ...labels.map(([key, value]) => ` ${key}=${value}`)]),
    `Service Mode:\t${Spec.Mode.Global === undefined ? 'Replicated' : 'Global'}`,
    ...(Spec.Mode.Global === undefined ? [` Replicas:\t${Spec.Mode.Replicated?.Replicas ?? 1}`] : []),
    ...(UpdateStatus === undefined
      ? []
      : [
          'UpdateStatus:',
          ` State:\t\t${UpdateStatus.State}`,
          ...updateTimes(UpdateStatus),
          ` Message:\t${UpdateStatus.Message}`,
        ]),
    'Placement:',
    ...(constraints.length === 0 ? [] : [` Constraints:\t[${constraints.join(' ')}]`]),
    ...rollingLines('Update', Spec['UpdateConfig']),
    ...rollingLines('Rollback', Spec['RollbackConfig']),
    'ContainerSpec:',
    ` Image:\t\t${ContainerSpec.Image}`,
    ...(ContainerSpec.Args === undefined ? [] : [` Args:\t\t${ContainerSpec.Args.join(' ')} `]),
    ...(ContainerSpec.Env === undefined ? [] : [` Env:\t\t${ContainerSpec.Env.join(' ')} `]),
    ...(ContainerSpec['Dir'] === undefined ? [] : [` Dir:\t\t${ContainerSpec['Dir']}`]),
    ` Init:\t\t${ContainerSpec['Init']}`,
    ...(ContainerSpec['User'] === undefined ? [] : [` User: ${ContainerSpec['User']}`]),
    'Resources:',
    ...resourceLines(Spec.TaskTemplate['Resources'] as Resources | undefined),
    `Endpoint Mode:\t${Spec.EndpointSpec?.Mode ?? 'vip'}`,
    ...portLines(Endpoint.Ports ?? []),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** Both kinds of going on: `UpdateConfig` and `RollbackConfig`. */
function rollingLines(kind: 'Update' | 'Rollback', config: unknown): string[] {
  if (config === undefined) return [];
  const { Parallelism, Delay, FailureAction, Monitor, MaxFailureRatio, Order } = config as Rolling;
  return [
    `${kind}Config:`,
    ` Parallelism:\t${Parallelism}`,
    ...(Delay ? [` Delay:\t\t${goDuration(Delay)}`] : []),
    ` On failure:\t${FailureAction}`,
    ...(Monitor ? [` Monitoring Period: ${goDuration(Monitor)}`] : []),
    ` Max failure ratio: ${MaxFailureRatio}`,
    ` ${kind} order:`.padEnd(20) + Order,
  ];
}

interface Rolling {
  Parallelism: number;
  Delay?: number;
  FailureAction: string;
  Monitor?: number;
  MaxFailureRatio: number;
  Order: string;
}

interface Amounts {
  NanoCPUs?: number;
  MemoryBytes?: number;
}

interface Resources {
  Limits?: Amounts;
  Reservations?: Amounts;
}

function resourceLines({ Limits = {}, Reservations = {} }: Resources = {}): string[] {
  const lines = (title: string, { NanoCPUs, MemoryBytes }: Amounts) =>
    NanoCPUs === undefined && MemoryBytes === undefined
      ? []
      : [
          ` ${title}:`,
          ...(NanoCPUs === undefined ? [] : [`  CPU:\t\t${NanoCPUs / 1e9}`]),
          ...(MemoryBytes === undefined ? [] : [`  Memory:\t${bytesSize(MemoryBytes)}`]),
        ];
  return [...lines('Reservations', Reservations), ...lines('Limits', Limits)];
}

function updateTimes({ StartedAt, CompletedAt }: NonNullable<ServiceJson['UpdateStatus']>): string[] {
  return [` Started:\t${ago(StartedAt)}`, ...(CompletedAt === undefined ? [] : [` Completed:\t${ago(CompletedAt)}`])];
}

function portLines(ports: NonNullable<ServiceJson['Endpoint']['Ports']>): string[] {
  if (ports.length === 0) return [];
  return [
    'Ports:',
    ...ports.flatMap((port) => [
      ` PublishedPort = ${port.PublishedPort}`,
      `  Protocol = ${port.Protocol}`,
      `  TargetPort = ${port.TargetPort}`,
      `  PublishMode = ${port.PublishMode}${port === ports.at(-1) ? ' ' : ''}`,
    ]),
  ];
}
