// All that is known of nodes: by the account, by the swarm, by the description, and by this machine.
import { activeNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { askSwarm } from '../fleet/ask-swarm.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import { openHostKeys } from '../fleet/host-keys.ts';
import { named } from '../fleet/named.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Availability, Role } from '../model/swarm-node.ts';
import { keyType, sha256Fingerprint } from '../ssh/fingerprint.ts';
import { described, inOrder, managersIn } from './account.ts';
import { whyUnknown } from './why-unknown.ts';

export interface InspectedNode {
  name: string;
  id: number;
  cluster: string;
  /** The swarm's word, else the description's; null where neither says. */
  role: Role | null;
  /** Whether `belt docker` talks to it. */
  active: boolean;
  status: string;
  publicAddress: string | null;
  privateAddress: string | null;
  region: string;
  size: string;
  image: string;
  memoryMiB: number | null;
  vcpus: number | null;
  diskGiB: number | null;
  /** USD. */
  priceMonthly: number | null;
  vpcUuid: string | null;
  createdAt: string;
  tags: readonly string[];
  /** How belt logs in, and the host keys that it accepts. */
  ssh: { user: string; port: number; hostKeys: string[] };
  /** Null where it was not asked. */
  swarm: InspectedMember | null;
}

interface InspectedMember {
  /** The swarm's word (`ready`, `down`), else its own engine's (`inactive`, `locked` …); `unknown` where neither answers. */
  state: string;
  id: string | null;
  address: string | null;
  leader: boolean;
  availability: Availability | null;
  reachability: string | null;
  engine: string | null;
  labels: Readonly<Record<string, string>>;
}

/** The fields of a node, dotted; those of labels are whatever the user calls them. */
export const NODE_FIELDS: readonly string[] = [
  ...['name', 'id', 'cluster', 'role', 'active', 'status', 'publicAddress', 'privateAddress', 'region', 'size'],
  ...['image', 'memoryMiB', 'vcpus', 'diskGiB', 'priceMonthly', 'vpcUuid', 'createdAt', 'tags'],
  ...['ssh.user', 'ssh.port', 'ssh.hostKeys'],
  ...['state', 'id', 'address', 'leader', 'availability', 'reachability', 'engine', 'labels.'].map((f) => `swarm.${f}`),
];

/**
 * The nodes that the words match, all of the cluster without any. The swarm is asked where `asksSwarm` says so; that it cannot be is
 * a warning.
 * @throws UsageError naming words that match none
 */
export async function inspectNodes(
  context: Context,
  patterns: readonly string[],
  { asksSwarm }: { asksSwarm: boolean },
): Promise<InspectedNode[]> {
  const { cluster } = await context.settings();
  const droplets = inOrder(await clusterDroplets(context, cluster, { partial: true }));
  await (await context.fleet()).remember(droplets);
  const chosen = patterns.length > 0 ? await named(context, patterns, droplets) : droplets;
  const { spec } = await described(context, cluster);
  const planned = new Map(spec?.groups.flatMap(({ role, names }) => names.map((name) => [name, role] as const)));
  const view = asksSwarm && chosen.length > 0 ? await askSwarm(context, droplets, managersIn(spec)) : undefined;
  const why = view && whyUnknown(cluster, view);
  if (why !== undefined) context.out.warn(`cannot query the swarm: ${why}`);
  const inspect = await inspector(context, cluster);
  return chosen.map((droplet) => inspect(droplet, planned.get(droplet.name), view));
}

async function inspector(context: Context, cluster: string) {
  const [{ sshUser: user, sshPort: port }, state] = await Promise.all([context.settings(), context.state()]);
  const hostKeys = openHostKeys(state, port);
  const active = activeNode(state, cluster);
  return (droplet: Droplet, planned: Role | undefined, view: SwarmView<Droplet> | undefined): InspectedNode => {
    const { memoryMiB, vcpus, diskGiB, priceMonthly, publicAddress, privateAddress, vpcUuid, ...rest } = droplet;
    return {
      name: rest.name,
      id: rest.id,
      cluster,
      role: view?.memberOf(droplet)?.role ?? planned ?? null,
      active: rest.name === active,
      status: rest.status,
      publicAddress: publicAddress ?? null,
      privateAddress: privateAddress ?? null,
      region: rest.region,
      size: rest.size,
      image: rest.image,
      memoryMiB: memoryMiB ?? null,
      vcpus: vcpus ?? null,
      diskGiB: diskGiB ?? null,
      priceMonthly: priceMonthly ?? null,
      vpcUuid: vpcUuid ?? null,
      createdAt: rest.createdAt,
      tags: rest.tags,
      ssh: { user, port, hostKeys: hostKeys.of(droplet).map((key) => `${keyType(key)} ${sha256Fingerprint(key)}`) },
      swarm: view ? memberIn(view, droplet) : null,
    };
  };
}

function memberIn(view: SwarmView<Droplet>, droplet: Droplet): InspectedMember {
  const member = view.memberOf(droplet);
  const own = view.answerOf(droplet)?.swarm;
  return {
    state: member?.state ?? own?.state ?? 'unknown',
    id: member?.id ?? (own?.nodeId || null),
    address: member?.address ?? (own?.nodeAddress || null),
    leader: member?.leader ?? false,
    availability: member?.availability ?? null,
    reachability: member?.reachability ?? null,
    engine: member?.engine.version || null,
    labels: member?.labels ?? {},
  };
}
