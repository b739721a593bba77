// The ports of a service.
import type { DesiredStack } from '../compose/desired.ts';
import type { PublishedPort, ServiceSpec } from '../compose/spec.ts';
import type { OpenPort } from '../config/cluster/types.ts';
import type { ApiService } from '../engine/stack-calls.ts';

/** What a service publishes under a number of its choice, such as `80/tcp`. */
export function portsOf(spec: ServiceSpec | ApiService['Spec']): string[] {
  const { Ports: ports } = ((spec as { EndpointSpec?: unknown }).EndpointSpec ?? {}) as {
    Ports?: Partial<PublishedPort>[] | null;
  };
  return (ports ?? []).flatMap(({ PublishedPort: port, Protocol: protocol }) =>
    port === undefined ? [] : [`${port}/${protocol ?? 'tcp'}`],
  );
}

/** What is reached from outside, under a number that the files choose. */
export const publishedBy = ({ services }: DesiredStack): OpenPort[] =>
  services
    .flatMap(({ spec }) => spec.EndpointSpec?.Ports ?? [])
    .flatMap(({ PublishedPort: port, Protocol: protocol }) =>
      port === undefined || protocol === 'sctp' ? [] : [{ first: port, last: port, protocol }],
    );
