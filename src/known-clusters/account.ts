// The clusters that there are: those described here, and those whose droplets the account has.

import { clusterOf } from '../cloud/tags.ts';
import { managersOf } from '../cluster/plan.ts';
import { clusterKey } from '../config/choices.ts';
import { describedClusters } from '../config/cluster/folder.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import { type Context, withCluster } from '../context.ts';
import { type Description, descriptionOf } from '../descriptions/description.ts';
import { specIn } from '../descriptions/spec.ts';
import { messageOf } from '../errors.ts';
import { warnOnce } from '../fleet/cluster-droplets.ts';
import type { Droplet } from '../model/droplet.ts';
import { BELT_TAG } from '../model/tag.ts';
import { naturalCompare } from '../patterns/index.ts';
import { ownCluster } from './exists.ts';

export interface KnownCluster {
  name: string;
  description: Description | undefined;
  /** What the description says; undefined where it cannot be read. */
  spec: ClusterSpec | undefined;
  /** In natural order. */
  droplets: Droplet[];
}

/** All droplets that belt made, whichever their cluster: one list. */
export const beltsDroplets = async (context: Context): Promise<Droplet[]> =>
  inOrder(await (await context.cloud()).droplets({ tag: BELT_TAG, onSkipped: warnOnce(context) }));

export const inOrder = (droplets: readonly Droplet[]): Droplet[] =>
  droplets.toSorted((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);

/** Every cluster that is described here or that one of the droplets belongs to, in natural order. */
export async function clustersOf(context: Context, droplets: readonly Droplet[]): Promise<KnownCluster[]> {
  const byCluster = new Map<string, Droplet[]>();
  // A tag keeps the spelling of its first use, whatever a description says.
  const names = new Map<string, string>();
  const add = (name: string) => names.set(clusterKey(name), names.get(clusterKey(name)) ?? name);
  for (const name of describedClusters(await context.descriptions())) add(name);
  const { cluster } = await context.settings();
  for (const name of [await ownCluster(context), cluster]) {
    if (await descriptionOf(context, name)) add(name);
  }
  for (const droplet of droplets) {
    const name = clusterOf(droplet.tags);
    if (name === undefined) continue;
    add(name);
    byCluster.set(clusterKey(name), [...(byCluster.get(clusterKey(name)) ?? []), droplet]);
  }
  const sorted = [...names.values()].sort(naturalCompare);
  return Promise.all(
    sorted.map(async (name) => ({
      name,
      ...(await described(context, name)),
      droplets: byCluster.get(clusterKey(name)) ?? [],
    })),
  );
}

/** A description that will not do is told of; the cluster is there all the same. */
export async function described(context: Context, name: string): Promise<Pick<KnownCluster, 'description' | 'spec'>> {
  const description = await descriptionOf(context, name);
  if (!description) return { description, spec: undefined };
  try {
    return { description, spec: await specIn(withCluster(context, name), description) };
  } catch (error) {
    context.out.warn(messageOf(error));
    return { description, spec: undefined };
  }
}

/** The names of the managers in a spec, where there is one. */
export const managersIn = (spec: ClusterSpec | undefined): string[] => (spec === undefined ? [] : managersOf(spec));
