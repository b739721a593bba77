// Whether there is such a cluster: described here, or in the account.
import type { Context } from '../context.ts';
import { DEFAULT_CLUSTER, descriptionOf } from '../descriptions/description.ts';
import { nearClusters } from '../descriptions/known-names.ts';
import { UsageError } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';

/** Whether droplets carry the cluster's tag. */
export const hasDroplets = async (context: Context, name: string): Promise<boolean> =>
  (await clusterDroplets(context, name, { partial: true })).length > 0;

/** The cluster that commands are about where none was chosen. */
export const ownCluster = async (context: Context): Promise<string> =>
  (await context.settings()).fileCluster ?? DEFAULT_CLUSTER;

/** @throws UsageError when the cluster is described nowhere here and has no droplet */
export async function checkExists(context: Context, name: string): Promise<void> {
  if (name === (await ownCluster(context)) || (await descriptionOf(context, name))) return;
  if (await hasDroplets(context, name)) return;
  throw await noSuchCluster(context, name);
}

export async function noSuchCluster(context: Context, name: string): Promise<UsageError> {
  const near = await nearClusters(context, name);
  const { cluster, clusterFrom } = await context.settings();
  const source = clusterFrom === 'BELT_CLUSTER' && name === cluster ? ` (${clusterFrom})` : '';
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `see: belt cluster ls · belt cluster new ${name}`;
  return new UsageError(`there is no cluster ${name}${source}`, { hint });
}

/**
 * Told of the cluster of a command that found no droplets in it.
 * @throws UsageError when BELT_CLUSTER names one that nothing here describes
 */
export async function checkNotMistyped(context: Context, name: string): Promise<void> {
  const { clusterFrom } = await context.settings();
  if (clusterFrom !== 'BELT_CLUSTER' || name === (await ownCluster(context))) return;
  // A file that cannot be read is the next command's to report.
  const isDescribed = await descriptionOf(context, name).then(Boolean, () => true);
  if (!isDescribed) throw await noSuchCluster(context, name);
}
