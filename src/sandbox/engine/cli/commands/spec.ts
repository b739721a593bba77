// What the options of `docker service create` and `update` make of a service's spec.

import { notPlayed } from '../../failure.ts';
import { pinned } from '../../model/registry.ts';
import type { PortConfig, ServiceSpec } from '../../model/service.ts';
import type { Call } from '../command.ts';

export function created(call: Call): ServiceSpec {
  const mode = call.text('mode') ?? 'replicated';
  if (mode !== 'replicated' && mode !== 'global') throw notPlayed('docker service create --mode of a job');
  const Image = pinned(call.args[0]!, { resolve: !call.is('no-resolve-image') });
  const spec: ServiceSpec = {
    Name: call.text('name') ?? '',
    Labels: {},
    TaskTemplate: {
      ContainerSpec: { Image, Env: call.all('env') },
      Placement: { Constraints: call.all('constraint') },
      ForceUpdate: 0,
    },
    Mode: mode === 'global' ? { Global: {} } : { Replicated: { Replicas: 1 } },
    EndpointSpec: { Mode: 'vip', Ports: call.all('publish').map((text) => portOf(call, text)) },
  };
  return scaled(spec, call.number('replicas'));
}

export function changed(call: Call, before: ServiceSpec): ServiceSpec {
  const spec = structuredClone(before);
  const image = call.text('image');
  if (image !== undefined) spec.TaskTemplate.ContainerSpec.Image = pinned(image, { resolve: true });
  if (call.is('force')) spec.TaskTemplate.ForceUpdate = (spec.TaskTemplate.ForceUpdate ?? 0) + 1;
  const added = call.all('publish-add').map((text) => portOf(call, text));
  spec.EndpointSpec = { ...spec.EndpointSpec, Ports: [...(spec.EndpointSpec?.Ports ?? []), ...added] };
  return scaled(spec, call.number('replicas'));
}

/** A service's spec with so many replicas; as it is, without a number. */
export function scaled(spec: ServiceSpec, Replicas: number | undefined): ServiceSpec {
  if (Replicas === undefined) return spec;
  if (spec.Mode.Replicated === undefined) throw notPlayed('docker service: replicas of one that is global');
  return { ...spec, Mode: { Replicated: { Replicas } } };
}

const FIELDS: Record<string, RegExp> = {
  published: /^\d+$/,
  target: /^\d+$/,
  protocol: /^(tcp|udp)$/,
  mode: /^(ingress|host)$/,
};

/** `80:80`, `53:53/udp`, `80`, `published=80,target=80,mode=host`. */
function portOf(call: Call, text: string): PortConfig {
  const short = /^(?:(?<published>\d+):)?(?<target>\d+)(?:\/(?<protocol>tcp|udp))?$/.exec(text);
  const fields = short?.groups ?? Object.fromEntries(text.split(',').map((field) => field.split('=')));
  const { published, target, protocol = 'tcp', mode = 'ingress' } = fields;
  const isKnown = ([name, value]: [string, unknown]) =>
    value === undefined || FIELDS[name]?.test(String(value)) === true;
  if (target === undefined || !Object.entries(fields).every(isKnown)) {
    throw notPlayed(`${call.name} with a port written so`);
  }
  return {
    Protocol: protocol,
    TargetPort: Number(target),
    ...(published !== undefined && { PublishedPort: Number(published) }),
    PublishMode: mode,
  };
}
