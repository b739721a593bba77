// Clusters that are billed and that no description here mentions any more, such as one whose name was changed in its file.
import { monthlyCost } from '../cloud/sizes.ts';
import { clusterKey } from '../config/choices.ts';
import type { Context } from '../context.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { clustersOf } from './account.ts';

/** Told of the clusters of these droplets of belt, except the chosen one and those that were told already. */
export async function tellUndescribed(
  context: Context,
  droplets: readonly Droplet[],
  { told = [] }: { told?: readonly string[] } = {},
): Promise<void> {
  const { cluster: chosen } = await context.settings();
  const known = new Set([chosen, ...told].map(clusterKey));
  for (const { name, description, droplets: own } of await clustersOf(context, droplets)) {
    if (description || known.has(clusterKey(name))) continue;
    const cost = monthlyCost(own).toFixed(2);
    const names = compact(own.map((droplet) => droplet.name));
    context.out.note(
      `no description here names the cluster ${name}, but it is billed: ${names}, ${cost} USD a month; see: belt cluster show ${name}`,
    );
  }
}
