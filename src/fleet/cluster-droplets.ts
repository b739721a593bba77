// The actual droplets of a cluster, for every command: DigitalOcean's lists lag behind creations and deletions, and can be wrong.
import pLimit from 'p-limit';
import type { Droplet } from '../cloud/schemas.ts';
import { clusterTag, isOfCluster } from '../cloud/tags.ts';
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';

const ASKED_AT_ONCE = 8;

export interface Doubts {
  /** Further droplets that may be the cluster's, by id. */
  further?: readonly number[];
  /** Listed droplets that may be out of date; each is checked. */
  doubted?: (list: readonly Droplet[]) => readonly Droplet[];
}

/**
 * The droplets with the cluster's tag. Known ones that the list lacks are requested one by one, and count only if they carry both
 * tags of belt's.
 */
export async function clusterDroplets(
  context: Context,
  cluster: string,
  { further = [], doubted = () => [] }: Doubts = {},
): Promise<Droplet[]> {
  const cloud = await context.cloud();
  const list = await cloud.droplets({ tag: clusterTag(cluster) });
  const listed = new Set(list.map(({ id }) => id));
  const known = knownNodes(await context.state(), cluster).map(({ id }) => id);
  const lacking = [...known, ...further].filter((id) => !listed.has(id));
  const inDoubt = new Set(doubted(list).map(({ id }) => id));
  const limit = pLimit(ASKED_AT_ONCE);
  const ids = [...new Set([...lacking, ...inDoubt])];
  const found = await Promise.all(ids.map((id) => limit(() => cloud.droplet(id))));
  const asked = found.flatMap((one) => (one && isOfCluster(one.tags, cluster) ? [one] : []));
  return [...list.filter(({ id }) => !inDoubt.has(id)), ...asked];
}
