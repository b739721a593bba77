// Which droplets of a cluster `up` removes: those that are to be recreated, and with --prune those that the file does not name.
import { isOnlyOfCluster } from '../cloud/tags.ts';
import { nodeNames } from '../cluster/plan.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { choose } from '../fleet/named.ts';
import type { Droplet } from '../model/droplet.ts';

/** What of the cluster is to be removed. */
export interface RemovalRequest {
  /** What the file does not name. */
  prune?: boolean | undefined;
  /** Patterns of nodes that are recreated. */
  replace?: readonly string[] | undefined;
}

/** @throws UsageError for a word that names neither a droplet nor a node of the file, or a droplet that is not only the cluster's */
export async function toRemove(
  context: Context,
  spec: ClusterSpec,
  droplets: readonly Droplet[],
  { prune, replace = [], prefix = '' }: RemovalRequest & { prefix?: string | undefined },
): Promise<Droplet[]> {
  const names = new Set(nodeNames(spec));
  const { chosen, missing } = await choose(context, replace, droplets);
  // A node of the file without a droplet is created in any case: it was removed in a run that was cut off.
  const unnamed = missing.find((name) => !names.has(name)) ?? chosen.find(({ name }) => !names.has(name))?.name;
  if (unnamed !== undefined) {
    throw new UsageError(`--replace ${unnamed}: the file's cluster has no such node`, { hint: 'see: belt plan' });
  }
  const isOwn = ({ tags }: Droplet) => isOnlyOfCluster(tags, spec.name);
  const foreign = chosen.find((droplet) => !isOwn(droplet));
  if (foreign) {
    throw new UsageError(
      `--replace ${foreign.name}: its tags do not mark it as belt's and as part of ${spec.name} only`,
      {
        hint: `see its tags: ${prefix}belt ls --wide · delete it all the same: ${prefix}belt rm --any ${foreign.name}`,
      },
    );
  }
  const extra = prune ? droplets.filter(({ name }) => !names.has(name)) : [];
  for (const { name } of extra.filter((droplet) => !isOwn(droplet))) {
    context.out.warn(`${name}: its tags do not mark it as belt's and as part of ${spec.name} only; it is left alone`);
  }
  return [...chosen, ...extra.filter(isOwn)];
}
