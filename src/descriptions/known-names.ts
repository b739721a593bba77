// The clusters that a wrong name may have meant.
import { clusterOf } from '../cloud/tags.ts';
import { describedClusters } from '../config/cluster/folder.ts';
import type { Context } from '../context.ts';
import { BELT_TAG } from '../model/tag.ts';
import { nearest } from '../patterns/index.ts';
import { DEFAULT_CLUSTER } from './description.ts';

/** Those described here or with droplets in the account whose names are near, best first. */
export async function nearClusters(context: Context, name: string): Promise<string[]> {
  const { fileCluster } = await context.settings();
  const droplets = await (await context.cloud()).droplets({ tag: BELT_TAG });
  return nearest(name, [
    ...describedClusters(await context.descriptions()),
    fileCluster ?? DEFAULT_CLUSTER,
    ...droplets.flatMap(({ tags }) => clusterOf(tags) ?? []),
  ]);
}
