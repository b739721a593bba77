// The swarm's own ports, shut to the outside before there is a swarm behind them: whoever reaches 2377 needs only a token to
// join, and 4789 asks for nothing at all.
import { CloudError } from '../../cloud/errors.ts';
import type { Firewall } from '../../cloud/schemas.ts';
import { clusterTag, hasTag, isSameCluster } from '../../cloud/tags.ts';
import {
  firewallName,
  guardedPorts,
  isForEverybody,
  portList,
  rangeOf,
  swarmFirewall,
} from '../../cluster/firewall.ts';
import { minus } from '../../cluster/ports.ts';
import { leavesFirewallsAlone } from '../../config/cluster/no-firewall.ts';
import type { OpenPort } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { DEFAULT_CLUSTER, descriptionOf } from '../../descriptions/description.ts';
import { clusterDroplets } from '../../fleet/cluster-droplets.ts';
import type { Droplet } from '../../model/droplet.ts';
import { compact } from '../../patterns/index.ts';
import { findFirewall, putFirewall } from '../../provision/firewall.ts';
import type { NodeEngine } from '../../swarm/node-engine.ts';

export interface GuardOptions {
  /** False: firewalls are left alone. */
  firewall?: boolean;
}

/**
 * Sees to it that the swarm's ports of the cluster's nodes are shut to the outside: makes a firewall where the nodes have
 * none, which leaves every other port open. A swarm that has members outside the cluster is left as it is. Where it cannot be
 * done, that is warned of, and the swarm goes on.
 * @throws BeltError when DigitalOcean does not answer
 */
export async function guardSwarm(context: Context, member: NodeEngine, { firewall }: GuardOptions): Promise<void> {
  if (firewall === false || (await saysNoFirewall(context))) return;
  const { cluster } = await context.settings();
  const swarm = await member.engine.swarm();
  const ports = guardedPorts(swarm.dataPathPort);
  try {
    const trouble = await guard(context, cluster, member, ports, swarm.manager);
    if (trouble !== undefined) context.out.warn(`${portList(ports)}: ${trouble}`);
  } catch (error) {
    if (!(error instanceof CloudError) || error.status === 401 || error.status >= 500) throw error;
    const way = error.hint === undefined ? '' : `; ${error.hint}`;
    context.out.warn(
      `${portList(ports)} of the nodes may be open to the internet, since no firewall can be created: ${error.message}${way}`,
    );
  }
}

/** Gives what is wrong with the firewall that there is, or why none is made. */
async function guard(
  context: Context,
  cluster: string,
  member: NodeEngine,
  ports: readonly OpenPort[],
  inSwarm: boolean,
): Promise<string | undefined> {
  const cloud = await context.cloud();
  const tag = clusterTag(cluster);
  const firewalls = await cloud.firewalls();
  const found = findFirewall(firewalls, cluster);
  const droplets = await clusterDroplets(context, cluster);
  const standing = firewalls.filter((each) => each === found || droplets.some((droplet) => holdsFor(each, droplet)));
  // What one firewall lets in is let in, whatever others say: a second one could only open what the user's own shuts.
  if (standing.length > 0) return openBehind(standing, droplets, ports);
  if (firewalls.some(({ name }) => isSameCluster(name, firewallName(cluster)))) {
    return `no firewall is created, since there is one named ${firewallName(cluster)} that belt did not create`;
  }
  const strangers = inSwarm ? await outsiders(member, droplets) : [];
  if (strangers.length > 0) {
    return `no firewall is created, since it would lock out ${strangers.join(', ')}, which are in the swarm but are not the cluster's droplets`;
  }
  const wanted = swarmFirewall(cluster, { tag, ports });
  await putFirewall(context, cluster, { wanted, found: undefined });
  const text = `firewall ${wanted.name}: created; it closes ${portList(ports)} to all but the cluster's nodes, and nothing else`;
  context.out.tell('firewall', { firewall: wanted.name, done: 'made' }, text);
  return undefined;
}

const holdsFor = ({ tags, dropletIds }: Firewall, droplet: Droplet): boolean =>
  dropletIds.includes(droplet.id) || tags.some((tag) => hasTag(droplet.tags, tag));

/** What is open all the same. */
function openBehind(
  firewalls: readonly Firewall[],
  droplets: readonly Droplet[],
  ports: readonly OpenPort[],
): string | undefined {
  const names = firewalls.map(({ name }) => name).join(' and ');
  const [holds, leaves] = firewalls.length === 1 ? ['does not apply', 'leaves'] : ['do not apply', 'leave'];
  const bare = droplets.filter((droplet) => !firewalls.some((firewall) => holdsFor(firewall, droplet)));
  if (bare.length > 0) return `open to everybody, since ${names} ${holds} to ${compact(bare.map(({ name }) => name))}`;
  const open = ports.flatMap((port) => openPart(port, firewalls));
  return open.length === 0 ? undefined : `${names} ${leaves} ${portList(open)} open to everybody`;
}

/** What everybody reaches of a range of ports. */
function openPart(port: OpenPort, firewalls: readonly Firewall[]): OpenPort[] {
  const rules = firewalls.flatMap(({ inbound }) => inbound).filter((rule) => rule.protocol === port.protocol);
  return minus([port], minus([port], rules.filter(isForEverybody).map(rangeOf)));
}

/** Live members of the swarm, by name, whose address none of the droplets has. */
async function outsiders({ engine }: NodeEngine, droplets: readonly Droplet[]): Promise<string[]> {
  const own = new Set(droplets.flatMap(({ publicAddress, privateAddress }) => [publicAddress, privateAddress]));
  return (await engine.nodes())
    .filter(({ state, address }) => state === 'ready' && !own.has(address))
    .map(({ hostname }) => hostname);
}

/** Whether the file of the cluster wants firewalls left alone, also one that says no more of it. */
async function saysNoFirewall(context: Context): Promise<boolean> {
  const { cluster, fileCluster } = await context.settings();
  const description = await descriptionOf(context, cluster);
  if (description) return leavesFirewallsAlone(description);
  const named = fileCluster ?? (context.env['BELT_CLUSTER']?.trim() || DEFAULT_CLUSTER);
  const file = await context.configFile();
  return file !== undefined && named === cluster && leavesFirewallsAlone(file);
}
