// The published ports of a service.

import { some } from './bodies.ts';
import { PORT_KEYS } from './known-keys.ts';
import { parseShortPorts } from './ports.ts';
import { Reader } from './read.ts';
import { quoted } from './report.ts';
import type { EndpointSpec, PublishedPort } from './spec.ts';
import type { Value } from './tree.ts';
import { checkKeys } from './unknown-keys.ts';

export interface PortAt {
  port: PublishedPort;
  /** The address on which the file would publish it. */
  ip: string | undefined;
  /** Its entry. */
  value: Value;
}

export function portsOf(service: Reader): PortAt[] {
  return service
    .items('ports')
    .flatMap((value) => (value.kind === 'scalar' ? shortPorts(service, value, value.text) : longPort(service, value)));
}

function shortPorts({ report }: Reader, value: Value, text: string): PortAt[] {
  const ports = parseShortPorts(text);
  if (!ports) {
    report.error(value, `ports: ${quoted(text)} is not [PUBLISHED:]TARGET[/PROTOCOL]`);
    return [];
  }
  return ports.map(({ ip, published, target, protocol }) => ({
    value,
    ip,
    port: some<PublishedPort>({
      Protocol: protocol as PublishedPort['Protocol'],
      TargetPort: target,
      PublishedPort: published,
      PublishMode: 'ingress',
    }),
  }));
}

const LAST_PORT = 65_535;

function longPort({ report }: Reader, value: Value): PortAt[] {
  const reader = new Reader(value, report, 'ports');
  checkKeys(reader, PORT_KEYS);
  const target = reader.integer('target', { least: 1, most: LAST_PORT });
  if (target === undefined) {
    if (!reader.has('target')) report.error(value, 'ports: an entry needs a target');
    return [];
  }
  const port = some<PublishedPort>({
    Name: reader.text('name'),
    Protocol: reader.oneOf('protocol', ['tcp', 'udp', 'sctp']) ?? 'tcp',
    TargetPort: target,
    PublishedPort: reader.integer('published', { most: LAST_PORT }) || undefined,
    PublishMode: reader.oneOf('mode', ['ingress', 'host']) ?? 'ingress',
  });
  return [{ value, ip: reader.text('host_ip'), port }];
}

/** In the order of the published ports, as Docker sends them. */
export function endpointOf(deploy: Reader, ports: readonly PortAt[]): EndpointSpec {
  const Ports = ports.map(({ port }) => port).sort((a, b) => rank(a) - rank(b) || a.TargetPort - b.TargetPort);
  return some<EndpointSpec>({
    Mode: deploy.oneOf('endpoint_mode', ['vip', 'dnsrr']),
    Ports: Ports.length === 0 ? undefined : Ports,
  });
}

const rank = ({ PublishedPort: published = 0 }: PublishedPort): number => published;
