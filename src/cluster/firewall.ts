// The cloud firewall of a cluster: what the file opens, what the swarm needs between its own nodes, and nothing else. Pure.
import { type ClusterSpec, DATA_PATH_PORT, type FirewallSpec, type OpenPort, WORLD } from '../config/cluster/types.ts';
import { EVERY_PORT, minus, type Range } from './ports.ts';

/** Whom a rule is about. */
export interface Peers {
  addresses: readonly string[];
  tags: readonly string[];
  /** Kinds that belt writes no rule for and must not lose, by the names that the API has for them. */
  others?: Readonly<Record<string, readonly (string | number)[]>>;
}

export interface Rule {
  protocol: 'tcp' | 'udp' | 'icmp';
  /** `80`, `8000-8010`; `0` for all, and for ICMP. */
  ports: string;
  peers: Peers;
}

export interface ClusterFirewall {
  name: string;
  /** It holds for the droplets with these tags. */
  tags: readonly string[];
  inbound: readonly Rule[];
  outbound: readonly Rule[];
}

/** What of a cluster its firewall is about. */
export interface Holds {
  /** The tag of its droplets. */
  tag: string;
  sshPort: number;
}

/**
 * What the nodes of a swarm need of each other, beside ICMP.
 * https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts
 */
export const swarmPorts = (dataPathPort = DATA_PATH_PORT): OpenPort[] => [
  { first: 2377, last: 2377, protocol: 'tcp' },
  { first: 7946, last: 7946, protocol: 'tcp' },
  { first: 7946, last: 7946, protocol: 'udp' },
  { first: dataPathPort, last: dataPathPort, protocol: 'udp' },
];

/**
 * What nobody outside may reach of a swarm's nodes: its own ports, and those of an engine that listens to the network, which
 * gives root to whoever asks (https://docs.docker.com/engine/security/protect-access/).
 */
export function guardedPorts(dataPathPort?: number): OpenPort[] {
  const [management, ...others] = swarmPorts(dataPathPort);
  return [{ ...management!, first: 2375 }, ...others];
}

/** A firewall that shuts these ports to all but the cluster's nodes, and lets everything else through. */
export function swarmFirewall(
  cluster: string,
  { tag, ports }: Pick<Holds, 'tag'> & { ports: readonly OpenPort[] },
): ClusterFirewall {
  const world = (protocol: Rule['protocol'], range: string): Rule => rule(protocol, range, WORLD, []);
  const others = (protocol: OpenPort['protocol']) =>
    minus(
      [EVERY_PORT],
      ports.filter((port) => port.protocol === protocol),
    ).map((range) => world(protocol, rangeText(range)));
  const every = rangeText(EVERY_PORT);
  return {
    name: firewallName(cluster),
    tags: [tag],
    inbound: [
      ...others('tcp'),
      ...others('udp'),
      world('icmp', '0'),
      rule('tcp', every, [], [tag]),
      rule('udp', every, [], [tag]),
      rule('icmp', '0', [], [tag]),
    ],
    outbound: [world('tcp', every), world('udp', every), world('icmp', '0')],
  };
}

/** A firewall's name may have no `_` and no `:`, and a cluster's no `.`. */
export const firewallName = (cluster: string): string => `belt-${cluster.replaceAll('_', '.').replaceAll(':', '..')}`;

/** What the firewall is to be; undefined where the file wants none. */
export function firewallFor(
  { name, firewall, swarm }: Pick<ClusterSpec, 'name' | 'firewall' | 'swarm'>,
  { tag, sshPort }: Holds,
): ClusterFirewall | undefined {
  if (!firewall) return undefined;
  const nodes = (protocol: Rule['protocol'], ports: string): Rule => rule(protocol, ports, [], [tag]);
  const world = (protocol: Rule['protocol'], ports: string): Rule => rule(protocol, ports, WORLD, []);
  return {
    name: firewallName(name),
    tags: [tag],
    inbound: [
      rule('tcp', String(sshPort), firewall.sshFrom, []),
      ...firewall.open.map((port) => world(port.protocol, rangeText(port))),
      ...swarmPorts(swarm.dataPathPort).map((port) => nodes(port.protocol, rangeText(port))),
      nodes('icmp', '0'),
    ],
    outbound: [world('tcp', rangeText(EVERY_PORT)), world('udp', rangeText(EVERY_PORT)), world('icmp', '0')],
  };
}

/** The same the other way round: what a file would say of a firewall, as far as it can. */
export function specOf({ inbound }: ClusterFirewall, { sshPort }: Pick<Holds, 'sshPort'>): FirewallSpec {
  const outside = inbound.filter(({ peers }) => peers.addresses.length > 0);
  const ssh = outside.find(({ protocol, ports }) => protocol === 'tcp' && ports === String(sshPort));
  return {
    sshFrom: [...(ssh?.peers.addresses ?? WORLD)],
    open: outside.flatMap((each) =>
      each === ssh || each.protocol === 'icmp' || !isForEverybody(each)
        ? []
        : [{ ...rangeOf(each), protocol: each.protocol }],
    ),
  };
}

export const rule = (
  protocol: Rule['protocol'],
  ports: string,
  addresses: readonly string[],
  tags: readonly string[],
): Rule => ({ protocol, ports, peers: { addresses, tags } });

export const rangeText = ({ first, last }: Range): string => (first === last ? String(first) : `${first}-${last}`);

/** A rule's ports as numbers. DigitalOcean writes "all" as 0. */
export function rangeOf({ ports }: Pick<Rule, 'ports'>): Range {
  if (/^(0|all)$/.test(ports)) return EVERY_PORT;
  const [first = 0, last = first] = ports.split('-').map(Number);
  return { first, last };
}

/** Whether a rule is about the cluster's own nodes alone. */
export const isBetweenNodes = ({ peers }: Rule, tag: string): boolean =>
  peers.addresses.length === 0 && isEmpty(peers.others) && peers.tags.every((each) => each === tag);

/** Whether a rule is about addresses alone: none of them is more than everybody. */
export const isOfAddresses = ({ peers }: Rule): boolean => peers.tags.length === 0 && isEmpty(peers.others);

/** Whether a rule lets everybody through. */
export const isForEverybody = ({ peers }: Rule): boolean => WORLD.every((range) => peers.addresses.includes(range));

const isEmpty = (others: Peers['others']): boolean => Object.values(others ?? {}).every((some) => some.length === 0);

/** `2375-2377, 7946/tcp and 4789, 7946/udp`. */
export function portList(ports: readonly OpenPort[]): string {
  const of = (protocol: OpenPort['protocol']) => {
    const some = ports.filter((port) => port.protocol === protocol).toSorted((a, b) => a.first - b.first);
    return some.length === 0 ? [] : [`${some.map(rangeText).join(', ')}/${protocol}`];
  };
  return [...of('tcp'), ...of('udp')].join(' and ');
}
