// The cloud firewall of a cluster: what the file opens, what the swarm needs between its own nodes, and nothing else. Pure.
import type { ClusterSpec } from '../config/cluster/types.ts';

export interface Rule {
  protocol: 'tcp' | 'udp' | 'icmp';
  /** `80`, `8000-8010`; for ICMP it says nothing. */
  ports: string;
  peers: { addresses: string[]; tags: string[] };
}

export interface ClusterFirewall {
  name: string;
  /** It holds for the droplets with these tags. */
  tags: string[];
  inbound: Rule[];
  outbound: Rule[];
}

const WORLD = ['0.0.0.0/0', '::/0'];
const EVERY_PORT = '1-65535';
/** Overlay traffic between the nodes where `data_path_port` says nothing else. */
const DATA_PATH_PORT = 4789;

export const firewallName = (cluster: string): string => `belt-${cluster.replace(/[^a-zA-Z0-9.-]/g, '-')}`;

/**
 * What the firewall is to be; undefined where the file has none.
 * Ports between swarm nodes: https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts
 */
export function firewallFor(
  { name, firewall, swarm }: Pick<ClusterSpec, 'name' | 'firewall' | 'swarm'>,
  { tag, sshPort }: { tag: string; sshPort: number },
): ClusterFirewall | undefined {
  if (!firewall) return undefined;
  const nodes = (protocol: Rule['protocol'], ports: string | number): Rule => rule(protocol, ports, [], [tag]);
  const world = (protocol: Rule['protocol'], ports: string | number): Rule => rule(protocol, ports, WORLD, []);
  return {
    name: firewallName(name),
    tags: [tag],
    inbound: [
      rule('tcp', sshPort, firewall.sshFrom, []),
      ...firewall.open.map(({ first, last, protocol }) => world(protocol, first === last ? first : `${first}-${last}`)),
      nodes('tcp', 2377),
      nodes('tcp', 7946),
      nodes('udp', 7946),
      nodes('udp', swarm.dataPathPort ?? DATA_PATH_PORT),
      nodes('icmp', ''),
    ],
    outbound: [world('tcp', EVERY_PORT), world('udp', EVERY_PORT), world('icmp', '')],
  };
}

const rule = (protocol: Rule['protocol'], ports: string | number, addresses: string[], tags: string[]): Rule => ({
  protocol,
  ports: String(ports),
  peers: { addresses, tags },
});

/** Whether two firewalls let the same through to the same droplets, however they are written. */
export function sameFirewall(one: ClusterFirewall, other: ClusterFirewall): boolean {
  return canonical(one) === canonical(other);
}

function canonical({ tags, inbound, outbound }: ClusterFirewall): string {
  const rules = (all: readonly Rule[]) =>
    all.map(({ protocol, ports, peers }) =>
      [
        protocol,
        protocol === 'icmp' ? '' : portsOf(ports),
        ...peers.addresses.toSorted(),
        ...peers.tags.toSorted(),
      ].join(' '),
    );
  return JSON.stringify([tags.toSorted(), rules(inbound).toSorted(), rules(outbound).toSorted()]);
}

/** DigitalOcean writes "all" as 0. */
const portsOf = (ports: string): string => (/^(0|all|1-65535)$/.test(ports) ? 'all' : ports);
