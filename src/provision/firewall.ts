// The cloud firewall of a cluster, among those of the account.

import { createIdempotent, createOnce } from '../cloud/create-once.ts';
import type { Firewall } from '../cloud/schemas.ts';
import { clusterNamesOf, clusterTag, hasTag, isSameCluster } from '../cloud/tags.ts';
import { type ClusterFirewall, firewallName, type Rule } from '../cluster/firewall.ts';
import { sameFirewall } from '../cluster/firewall-traffic.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { isSameTag } from '../model/tag.ts';
import { naturalCompare } from '../patterns/index.ts';

/** A firewall, as far as it shows whether belt made it. */
interface Made {
  name: string;
  tags: readonly string[];
  inbound: readonly { peers: { tags: readonly string[] } }[];
}

/** The firewall that belt made for the cluster. */
export const findFirewall = <T extends Made>(firewalls: readonly T[], cluster: string): T | undefined =>
  firewalls.find((firewall) => hasName(firewall, cluster) && isMadeFor(firewall, cluster));

/** The same. @throws BeltError when one that belt did not make has its name: it is neither changed nor deleted */
export function ownFirewall<T extends Made>(firewalls: readonly T[], cluster: string): T | undefined {
  const found = findFirewall(firewalls, cluster);
  if (found || !firewalls.some((firewall) => hasName(firewall, cluster))) return found;
  const name = firewallName(cluster);
  throw new BeltError(`there is a firewall named ${name} that belt did not create`, {
    hint: 'rename it at DigitalOcean, or go without it: firewall: false in the file',
  });
}

const hasName = ({ name }: Made, cluster: string): boolean => isSameCluster(name, firewallName(cluster));

/**
 * belt's firewall holds for the cluster's tag. Where somebody took that out, it is known by its rules between the nodes, which name
 * the tag; one that holds for another cluster is that one's.
 */
function isMadeFor({ tags, inbound }: Made, cluster: string): boolean {
  const tag = clusterTag(cluster);
  if (hasTag(tags, tag)) return true;
  return clusterNamesOf(tags).length === 0 && inbound.some(({ peers }) => hasTag(peers.tags, tag));
}

/** Droplets that a firewall is around, but for these: whoever deletes it opens them to everybody. */
export async function othersBehind(
  context: Context,
  { dropletIds, tags }: Firewall,
  but: readonly { id: number }[],
): Promise<Droplet[]> {
  const cloud = await context.cloud();
  const own = new Set(but.map(({ id }) => id));
  const [named, ...tagged] = await Promise.all([
    Promise.all(dropletIds.filter((id) => !own.has(id)).map((id) => cloud.droplet(id))),
    ...tags.map((tag) => cloud.droplets({ tag })),
  ]);
  const all = new Map([...named, ...tagged.flat()].flatMap((one) => (one ? [[one.id, one] as const] : [])));
  return [...all.values()].filter(({ id }) => !own.has(id)).sort((a, b) => naturalCompare(a.name, b.name));
}

/**
 * Makes a cluster's firewall, or changes the one that was found.
 * @throws BeltError when DigitalOcean refuses it, or no answer was a clear one
 */
export async function putFirewall(
  context: Context,
  cluster: string,
  { wanted, found }: { wanted: ClusterFirewall; found: Firewall | undefined },
): Promise<void> {
  const cloud = await context.cloud();
  const tag = clusterTag(cluster);
  // A tag must exist before a firewall can name it, in the spelling that it has.
  const spelled =
    found?.tags.find((one) => isSameTag(one, tag)) ?? (await createIdempotent(() => cloud.createTag(tag), context));
  const order = withTag(wanted, spelled);
  if (found) {
    // Droplets that somebody named one by one stay in it.
    await cloud.updateFirewall(found, { ...order, dropletIds: found.dropletIds });
    return;
  }
  const find = async () => ownFirewall(await cloud.firewalls(), cluster);
  const stands = await createOnce({ create: () => cloud.createFirewall(order), find }, context);
  if (!sameFirewall(wanted, stands)) {
    throw new BeltError(`another run created the firewall ${wanted.name} in the meantime, with other rules`, {
      hint: 'run the same command again',
    });
  }
}

/** The firewall with the tag in this spelling wherever it names it. */
function withTag(firewall: ClusterFirewall, spelled: string): ClusterFirewall {
  const respelled = (tags: readonly string[]) => tags.map((tag) => (isSameTag(tag, spelled) ? spelled : tag));
  const inRule = (rule: Rule): Rule => ({ ...rule, peers: { ...rule.peers, tags: respelled(rule.peers.tags) } });
  return {
    ...firewall,
    tags: respelled(firewall.tags),
    inbound: firewall.inbound.map(inRule),
    outbound: firewall.outbound.map(inRule),
  };
}
