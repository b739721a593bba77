// What the options of `docker service create` and `update` make of a service's spec.

import { pinned } from '../../model/registry.ts';
import type { PortConfig, ServiceSpec } from '../../model/service.ts';
import { type Call, notPlayed } from '../command.ts';

/** The spec of a new service. */
export function created(call: Call): ServiceSpec {
  const mode = call.text('mode') ?? 'replicated';
  if (mode !== 'replicated' && mode !== 'global') throw notPlayed('service create --mode of a job');
  const Image = pinned(call.args[0]!, { resolve: !call.is('no-resolve-image') });
  const blank: ServiceSpec = {
    Name: call.text('name') ?? '',
    Labels: {},
    TaskTemplate: { ContainerSpec: { Image }, ForceUpdate: 0 },
    Mode: mode === 'global' ? { Global: {} } : { Replicated: { Replicas: 1 } },
  };
  return extended(call, blank, '');
}

/** A service's spec with what is to change. */
export function changed(call: Call, before: ServiceSpec): ServiceSpec {
  const spec = structuredClone(before);
  const image = call.text('image');
  if (image !== undefined) spec.TaskTemplate.ContainerSpec.Image = pinned(image, { resolve: true });
  if (call.is('force')) spec.TaskTemplate.ForceUpdate = (spec.TaskTemplate.ForceUpdate ?? 0) + 1;
  return extended(call, spec, '-add');
}

/** `create` says `--env` where `update` says `--env-add`. */
function extended(call: Call, spec: ServiceSpec, adding: '' | '-add'): ServiceSpec {
  const { ContainerSpec, Placement, ...template } = spec.TaskTemplate;
  const Env = [...(ContainerSpec.Env ?? []), ...call.all(`env${adding}`)];
  const Constraints = [...(Placement?.Constraints ?? []), ...call.all(`constraint${adding}`)];
  const Ports = [
    ...(spec.EndpointSpec?.Ports ?? []),
    ...call.all(`publish${adding}`).map((text) => portOf(call, text)),
  ];
  const Replicas = call.number('replicas');
  if (Replicas !== undefined && spec.Mode.Replicated === undefined) throw notPlayed(`${call.name} --replicas so`);
  return {
    ...spec,
    TaskTemplate: { ContainerSpec: { ...ContainerSpec, Env }, Placement: { ...Placement, Constraints }, ...template },
    Mode: Replicas === undefined ? spec.Mode : { Replicated: { Replicas } },
    EndpointSpec: { ...spec.EndpointSpec, Ports },
  };
}

/** `80:80`, `53:53/udp`, `80`, `published=80,target=80,mode=host`. */
function portOf(call: Call, text: string): PortConfig {
  const [, published, target, protocol = 'tcp'] = /^(?:(\d+):)?(\d+)(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const fields = Object.fromEntries(text.split(',').map((field) => field.split('=')));
  const port = target === undefined ? fields : { published, target, protocol };
  if (!/^\d+$/.test(port.target) || !/^\d*$/.test(port.published ?? '')) {
    throw notPlayed(`${call.name} with a port written so`);
  }
  return {
    Protocol: port.protocol ?? 'tcp',
    TargetPort: Number(port.target),
    ...(port.published !== undefined && { PublishedPort: Number(port.published) }),
    PublishMode: port.mode ?? 'ingress',
  };
}
