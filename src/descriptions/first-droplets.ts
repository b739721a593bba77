// How a cluster without droplets gets some, for hints.
import type { Context } from '../context.ts';
import { descriptionOf } from './description.ts';
import { nearClusters } from './known-names.ts';

/**
 * `create them: belt up` where a file here describes the cluster; the names near to that in BELT_CLUSTER where it may be
 * mistyped; else what `otherwise` says.
 */
export async function firstDroplets(context: Context, otherwise: string): Promise<string> {
  const { cluster, clusterFrom } = await context.settings();
  // A file that cannot be read is the next command's to report.
  const description = await descriptionOf(context, cluster).catch(() => undefined);
  if (description) return 'create them: belt up';
  const near = clusterFrom === 'BELT_CLUSTER' ? await nearClusters(context, cluster) : [];
  return near.length > 0 ? `did you mean the cluster ${near.join(', ')} (BELT_CLUSTER)?` : otherwise;
}
