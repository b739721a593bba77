// Whether there is such a cluster: described here, or in the account.
import { describedClusters } from '../config/cluster/folder.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import { nearest } from '../patterns/index.ts';
import { DEFAULT_CLUSTER, descriptionOf } from './description.ts';

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
  const known = [...describedClusters(await context.descriptions()), await ownCluster(context)];
  const near = nearest(name, known);
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `see: belt cluster ls · belt cluster new ${name}`;
  return new UsageError(`there is no cluster ${name}`, { hint });
}
