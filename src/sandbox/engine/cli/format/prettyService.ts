// `docker service inspect --pretty`.

import type { ServiceJson } from '../../api/services.ts';
import { ago } from './units.ts';

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
    'ContainerSpec:',
    ` Image:\t\t${ContainerSpec.Image}`,
    ...(ContainerSpec.Args === undefined ? [] : [` Args:\t\t${ContainerSpec.Args.join(' ')} `]),
    ...(ContainerSpec.Env === undefined ? [] : [` Env:\t\t${ContainerSpec.Env.join(' ')} `]),
    ' Init:\t\tfalse',
    'Resources:',
    `Endpoint Mode:\t${Spec.EndpointSpec?.Mode ?? 'vip'}`,
    ...portLines(Endpoint.Ports ?? []),
  ];
  return `${lines.join('\n')}\n\n`;
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
