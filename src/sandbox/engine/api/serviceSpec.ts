// What a service's spec must be like, and what the swarm fills in.
import { rpcError } from '../errors.ts';
import { parseConstraint } from '../model/constraints.ts';
import type { PortConfig, Service, ServiceSpec } from '../model/service.ts';
import type { Swarm } from '../model/swarm.ts';

/** Refuses a spec as the swarm does. `current` is the service that has it already. */
export function checkServiceSpec(swarm: Swarm, spec: ServiceSpec, current: Service | undefined): void {
  const image = spec.TaskTemplate?.ContainerSpec?.Image ?? '';
  if (image === '') throw rpcError('InvalidArgument', 'ContainerSpec: image reference must be provided');
  if (!/^[a-z0-9]+([._/:-]+[a-zA-Z0-9._-]+)*(@sha256:[0-9a-f]{64})?$/.test(image)) {
    throw rpcError('InvalidArgument', `ContainerSpec: "${image}" is not a valid repository/tag`);
  }
  if (!/^[a-zA-Z0-9]+(?:[a-zA-Z0-9-_]*?[a-zA-Z0-9]+)?$/.test(spec.Name)) {
    throw rpcError('InvalidArgument', 'name must be valid as a DNS name component');
  }
  for (const constraint of spec.TaskTemplate.Placement?.Constraints ?? []) {
    if (parseConstraint(constraint) === undefined) {
      throw rpcError('Unknown', 'constraint expected one operator from ==, !=');
    }
  }
  const ports = spec.EndpointSpec?.Ports ?? [];
  if (spec.EndpointSpec?.Mode === 'dnsrr' && ports.some(({ PublishMode }) => PublishMode !== 'host')) {
    throw rpcError('InvalidArgument', "EndpointSpec: port published with ingress mode can't be used with dnsrr mode");
  }
  const published = ports.filter(({ PublishedPort }) => PublishedPort).map(keyOf);
  if (new Set(published).size < published.length) {
    throw rpcError('InvalidArgument', 'EndpointSpec: duplicate published ports provided');
  }
  for (const other of swarm.services.values()) {
    if (other === current) continue;
    if (other.spec.Name === spec.Name) {
      throw rpcError('AlreadyExists', `name conflicts with an existing object: service ${spec.Name} already exists`);
    }
    checkPorts(ports, other);
  }
}

/** A port in both modes is one port twice, too (swarmkit, manager/controlapi/service.go, validateEndpointSpec). */
const keyOf = ({ PublishedPort, Protocol = 'tcp' }: PortConfig): string => `${PublishedPort}/${Protocol}`;

function checkPorts(ports: PortConfig[], other: Service): void {
  for (const port of ports.filter(({ PublishMode }) => PublishMode !== 'host')) {
    const clash = other.spec.EndpointSpec?.Ports?.some(
      (taken) =>
        taken.PublishMode !== 'host' &&
        taken.PublishedPort === port.PublishedPort &&
        (taken.Protocol ?? 'tcp') === (port.Protocol ?? 'tcp'),
    );
    if (clash === true && port.PublishedPort) {
      const what = `port '${port.PublishedPort}' is already in use by service '${other.spec.Name}' (${other.id}) as an ingress port`;
      throw rpcError('InvalidArgument', what);
    }
  }
}

/** Fills in what a port leaves open; an ingress port that names none gets one from 30000 on. */
export function publishPorts(swarm: Swarm, spec: ServiceSpec): ServiceSpec {
  if (spec.EndpointSpec?.Ports === undefined) return spec;
  const taken = new Set<number | undefined>();
  for (const service of swarm.services.values()) {
    for (const port of service.spec.EndpointSpec?.Ports ?? []) taken.add(port.PublishedPort);
  }
  const ports = spec.EndpointSpec.Ports.map((port): PortConfig => {
    let published = port.PublishedPort || 0;
    for (let free = 30_000; published === 0; free++) if (!taken.has(free)) published = free;
    taken.add(published);
    return {
      Protocol: port.Protocol || 'tcp',
      TargetPort: port.TargetPort,
      PublishedPort: published,
      PublishMode: port.PublishMode || 'ingress',
    };
  });
  return { ...spec, EndpointSpec: { Mode: spec.EndpointSpec.Mode || 'vip', Ports: ports } };
}

/** What the swarm writes into every spec that it keeps. */
export function complete(spec: ServiceSpec): ServiceSpec {
  const { ContainerSpec, ...rest } = spec.TaskTemplate;
  const container = { ...ContainerSpec, Isolation: ContainerSpec['Isolation'] ?? 'default' };
  return { ...spec, TaskTemplate: { ContainerSpec: container, ...rest, Runtime: 'container' } };
}
