// The cloud firewall of a cluster, among those of the account.
import type { Firewall } from '../../cloud/schemas.ts';
import { makeOnce } from '../../cloud/settled.ts';
import { clusterOf, clusterTag } from '../../cloud/tags.ts';
import { type ClusterFirewall, firewallName } from '../../cluster/firewall.ts';
import type { Context } from '../../context.ts';

/** By its name, unless it is another cluster's. */
export const findFirewall = <T extends { name: string; tags: readonly string[] }>(
  firewalls: readonly T[],
  cluster: string,
): T | undefined =>
  firewalls.find(({ name, tags }) => name === firewallName(cluster) && (clusterOf(tags) ?? cluster) === cluster);

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
  const { clock, signal } = context;
  const tag = clusterTag(cluster);
  // A tag must exist before a firewall can name it; one that does can be asked for as often as it takes.
  if (!found?.tags.includes(tag))
    await makeOnce({ make: () => cloud.createTag(tag), find: async () => undefined, clock, signal });
  if (found) {
    // Droplets that somebody named one by one stay in it.
    await cloud.updateFirewall(found, { ...wanted, dropletIds: found.dropletIds });
    return;
  }
  const find = async () => findFirewall(await cloud.firewalls(), cluster);
  await makeOnce({ make: () => cloud.createFirewall(wanted), find, clock, signal });
}
