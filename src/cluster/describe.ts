// Writes a cluster's description from its droplets, swarm and network. Pure.
import { type ClusterSpec, DATA_PATH_PORT, type NodeGroup } from '../config/cluster/types.ts';
import type { Availability, Role } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { type ClusterFirewall, firewallFor, type Holds, specOf } from './firewall.ts';
import { sameFirewall } from './firewall-traffic.ts';
import type { KnownDroplet, KnownMember } from './known.ts';

export interface ObservedCluster {
  cluster: string;
  droplets: readonly (KnownDroplet & { image: string })[];
  /** Each droplet's swarm entry, by id; undefined when the swarm could not be queried. */
  entries: ReadonlyMap<number, KnownMember> | undefined;
  /** The managers by name, for when the swarm could not be queried. */
  managers: ReadonlySet<string>;
  /** The name of the VPC that they are in, unless it is the region's default one. */
  vpc: string | undefined;
  firewall: ClusterFirewall | undefined;
  /** The cluster's tag and SSH port, which its firewall is about. */
  holds: Holds;
}

interface ObservedNode extends Omit<NodeGroup, 'names'> {
  name: string;
  joined: boolean;
}

/** The spec that comes closest to the actual cluster, and a line for each thing that it cannot express or that is unknown. */
export function describeCluster(found: ObservedCluster): { spec: ClusterSpec; unsure: string[] } {
  const { cluster, vpc, entries } = found;
  const nodes = found.droplets.map((droplet) => nodeOf(found, droplet));
  const of = (role: Role) => nodes.filter((node) => node.role === role);
  const managers = managerGroup(of('manager'));
  const network = networkOf(found);
  const spec: ClusterSpec = {
    name: cluster,
    groups: [managers.group, ...workerGroups(of('worker'))],
    ...(vpc !== undefined && { vpc }),
    ...network,
  };
  const outside = nodes.filter(({ joined }) => !joined).map(({ name }) => name);
  const unsure = [
    ...(entries === undefined ? ['the swarm could not be queried: labels and availability are not known'] : []),
    ...(entries !== undefined && outside.length > 0
      ? [`${compact(outside)}: not in a swarm, described as ${outside.length === 1 ? 'a worker' : 'workers'}`]
      : []),
    ...managers.unsure,
    ...firewallDoubts(found, spec),
  ];
  return { spec, unsure };
}

function nodeOf({ entries, managers }: ObservedCluster, droplet: ObservedCluster['droplets'][number]): ObservedNode {
  const member = entries?.get(droplet.id);
  const { name, size, region, image, publicAddress, privateAddress } = droplet;
  return {
    name,
    joined: member !== undefined,
    role: member?.role ?? (entries === undefined && managers.has(name) ? 'manager' : 'worker'),
    size,
    region,
    image,
    ...(publicAddress === undefined && privateAddress !== undefined && { public: false }),
    labels: { ...member?.labels },
    availability: member?.availability ?? 'active',
  };
}

/** A description has one group of managers: it gets the values that most of them have. */
function managerGroup(nodes: readonly ObservedNode[]): { group: NodeGroup; unsure: string[] } {
  const size = commonest(nodes.map((node) => node.size!));
  const region = commonest(nodes.map((node) => node.region!));
  const image = commonest(nodes.map((node) => node.image!));
  const availability = commonest(nodes.map((node) => node.availability)) as Availability;
  const shared = Object.entries(nodes[0]?.labels ?? {}).filter(([key, value]) =>
    nodes.every(({ labels }) => labels[key] === value),
  );
  const group: NodeGroup = {
    role: 'manager',
    names: nodes.map(({ name }) => name),
    size,
    image,
    region,
    ...(nodes.length > 0 && nodes.every((node) => node.public === false) && { public: false }),
    labels: Object.fromEntries(shared),
    availability,
  };
  const unsure = nodes.flatMap((node) => [
    ...(node.size === size ? [] : [`${node.name}: its size is ${node.size}, but the description says ${size}`]),
    ...(node.region === region ? [] : [`${node.name}: it is in ${node.region}, but the description says ${region}`]),
    ...(node.image === image ? [] : [`${node.name}: its image is ${node.image}, but the description says ${image}`]),
    ...(node.availability === availability
      ? []
      : [`${node.name}: it is set to ${node.availability}, but belt up would set it to ${availability}`]),
  ]);
  return { group, unsure };
}

/** The value that most have; of several the first. */
const commonest = (values: readonly string[]): string =>
  values.toSorted((a, b) => countOf(values, b) - countOf(values, a))[0]!;

const countOf = (values: readonly string[], one: string): number => values.filter((value) => value === one).length;

/** Workers that are alike are a group. */
function workerGroups(nodes: readonly ObservedNode[]): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (const { name, role, size, image, region, labels, availability, ...rest } of nodes) {
    const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([size, image, region, rest.public, sorted, availability]);
    const group = groups.get(key);
    if (group) group.names.push(name);
    else {
      const alike = {
        labels,
        availability,
        ...(size && { size }),
        ...(image && { image }),
        ...(region && { region }),
        ...(rest.public === false && { public: false }),
      };
      groups.set(key, { role, names: [name], ...alike });
    }
  }
  return [...groups.values()];
}

/** The firewall as the file would describe it. */
function networkOf({ firewall, holds }: ObservedCluster): Pick<ClusterSpec, 'firewall' | 'swarm'> {
  if (!firewall) return { firewall: null, swarm: { defaultAddrPool: [] } };
  const toNodes = firewall.inbound.filter(({ peers }) => peers.tags.length > 0);
  const dataPath = toNodes.find(
    ({ protocol, ports }) =>
      protocol === 'udp' && ports !== '7946' && ports !== String(DATA_PATH_PORT) && /^\d+$/.test(ports),
  );
  return {
    firewall: specOf(firewall, holds),
    swarm: { defaultAddrPool: [], ...(dataPath && { dataPathPort: Number(dataPath.ports) }) },
  };
}

function firewallDoubts({ firewall, holds }: ObservedCluster, spec: ClusterSpec): string[] {
  const wanted = firewallFor(spec, holds);
  if (!firewall)
    return ['it has no cloud firewall: remove "firewall: false" from the description, and belt up creates one'];
  if (!wanted || sameFirewall(wanted, firewall)) return [];
  return [
    `firewall ${firewall.name}: it has rules that the description cannot express, and belt up would replace them`,
  ];
}
