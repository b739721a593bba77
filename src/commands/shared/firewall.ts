// The cloud firewall of a cluster, among those of the account.
import { clusterOf } from '../../cloud/tags.ts';
import { firewallName } from '../../cluster/firewall.ts';

/** By its name, unless it is another cluster's. */
export const findFirewall = <T extends { name: string; tags: readonly string[] }>(
  firewalls: readonly T[],
  cluster: string,
): T | undefined =>
  firewalls.find(({ name, tags }) => name === firewallName(cluster) && (clusterOf(tags) ?? cluster) === cluster);
