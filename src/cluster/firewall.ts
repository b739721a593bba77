// The cloud firewall of a cluster: what the file opens, what the swarm needs between its own nodes, and nothing else. Pure.
import { type ClusterSpec, DATA_PATH_PORT, type FirewallSpec, type OpenPort, WORLD } from '../config/cluster/types.ts';
import { isSameTag } from '../model/tag.ts';
import { EVERY_PORT, minus, type Range } from './ports.ts';

/** Whom a rule is about. */
export interface Peers {
  addresses: readonly string[];
  tags: readonly string[];
  /** Kinds of peers that belt never writes but must preserve, by their API names. */
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
  /** It applies to the droplets with these tags. */
  tags: readonly string[];
  inbound: readonly Rule[];
  outbound: readonly Rule[];
}

/** What a cluster's firewall depends on. */
export interface Holds {
  /** The tag of its droplets. */
  tag: string;
  sshPort: number;
}

/** `80/tcp`, `8000-8010/udp`. */
export const portName = (port: OpenPort): string => `${rangeText(port)}/${port.protocol}`;

/**
 * The ports that swarm nodes need between each other, besides ICMP.
 * https://docs.docker.com/engine/swarm/swarm-tutorial/#open-protocols-and-ports-between-the-hosts
 */
export const swarmPorts = (dataPathPort = DATA_PATH_PORT): OpenPort[] => [
  { first: 2377, last: 2377, protocol: 'tcp' },
  { first: 7946, last: 7946, protocol: 'tcp' },
  { first: 7946, last: 7946, protocol: 'udp' },
  { first: dataPathPort, last: dataPathPort, protocol: 'udp' },
];

/**
 * The ports that must be closed to the outside: the swarm's own, and those of an engine that listens on the network, which
 * gives root to whoever asks (https://docs.docker.com/engine/security/protect-access/).
 */
export function guardedPorts(dataPathPort?: number): OpenPort[] {
  const [management, ...others] = swarmPorts(dataPathPort);
  return [{ ...management!, first: 2375 }, ...others];
}

/** A firewall that closes these ports to all but the cluster's nodes, and allows everything else. */
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

/** Firewall names cannot contain `_` or `:`, cluster names cannot contain `.`. */
export const firewallName = (cluster: string): string => `belt-${cluster.replaceAll('_', '.').replaceAll(':', '..')}`;

/** The desired firewall; undefined where the file wants none. */
export function firewallFor(
  {
    name,
    groups = [],
    firewall,
    swarm,
  }: Pick<ClusterSpec, 'name' | 'firewall' | 'swarm'> & Partial<Pick<ClusterSpec, 'groups'>>,
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
      // Who reaches a private node comes from another node: the jump host.
      ...(groups.some((group) => group.public === false) ? [nodes('tcp', String(sshPort))] : []),
      ...firewall.open.map((port) => world(port.protocol, rangeText(port))),
      ...swarmPorts(swarm.dataPathPort).map((port) => nodes(port.protocol, rangeText(port))),
      nodes('icmp', '0'),
    ],
    outbound: [world('tcp', rangeText(EVERY_PORT)), world('udp', rangeText(EVERY_PORT)), world('icmp', '0')],
  };
}

/** The reverse: the description of a firewall, as far as one can express it. */
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

/** Whether a rule only concerns the cluster's own nodes. */
export const isBetweenNodes = ({ peers }: Rule, tag: string): boolean =>
  peers.addresses.length === 0 && isEmpty(peers.others) && peers.tags.every((each) => isSameTag(each, tag));

/** Whether a rule names only addresses, so that a rule for everybody covers it. */
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
