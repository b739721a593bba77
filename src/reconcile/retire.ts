// Droplets of a cluster that `up` removes, and what it says of each.

import type { Context } from '../context.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Droplet } from '../model/droplet.ts';
import { planRemoval } from '../provision/plan.ts';
import { remove } from '../provision/remove.ts';

/** Removes them; gives what failed. `again` is the command that goes on after an interrupt. */
export async function retire(context: Context, leaving: readonly Droplet[], again = 'belt up'): Promise<Failure[]> {
  if (leaving.length === 0) return [];
  const { cluster } = await context.settings();
  const ids = new Set(leaving.map(({ id }) => id));
  const all = await clusterDroplets(context, cluster);
  const removal = await planRemoval(context, { leaving, staying: all.filter(({ id }) => !ids.has(id)), byUp: true });
  const onGone = ({ name }: Droplet) => context.out.tell('removed', { node: name }, `${name}: removed`);
  return await remove(context, removal, { again, onGone });
}
