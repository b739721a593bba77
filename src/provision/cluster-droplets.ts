// The droplets of a cluster where it matters that none is missing: before some of them, or their firewall, are deleted.
import pLimit from 'p-limit';
import type { Droplet } from '../cloud/schemas.ts';
import { clusterTag, isOfCluster } from '../cloud/tags.ts';
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';

const ASKED_AT_ONCE = 8;

/** Those with the cluster's tag. Of the ones that are known here and that the list lacks each is asked for: a list can be wrong. */
export async function clusterDroplets(context: Context, cluster: string): Promise<Droplet[]> {
  const cloud = await context.cloud();
  const list = await cloud.droplets({ tag: clusterTag(cluster) });
  const listed = new Set(list.map(({ id }) => id));
  const lacking = knownNodes(await context.state(), cluster).filter(({ id }) => !listed.has(id));
  const limit = pLimit(ASKED_AT_ONCE);
  const found = await Promise.all(lacking.map(({ id }) => limit(() => cloud.droplet(id))));
  return [...list, ...found.flatMap((one) => (one && isOfCluster(one.tags, cluster) ? [one] : []))];
}
