// Where a cluster's description is: in the .belt.yaml in use, or under `.belt/clusters/`.
import { isAbsolute, join, relative } from 'node:path';
import { isSameCluster } from '../cloud/tags.ts';
import { descriptionFile, readDescription } from '../config/cluster/folder.ts';
import type { ClusterFile } from '../config/cluster/read.ts';
import type { Context } from '../context.ts';

export interface Description extends ClusterFile {
  /** `belts`: under `.belt/clusters/`, where belt may change it. `users`: in .belt.yaml, which is the user's own. */
  keeper: 'belts' | 'users';
}

/** The cluster of .belt.yaml, or of commands where nothing says more. */
export const DEFAULT_CLUSTER = 'default';

/**
 * The description of a cluster; undefined when nothing here describes it. A .belt.yaml describes the cluster that it names
 * (`default` where it names none) and no other: what it says of one must not be made under another's name. One that names
 * none is named by BELT_CLUSTER.
 */
export async function descriptionOf(context: Context, cluster: string): Promise<Description | undefined> {
  const { fileCluster } = await context.settings();
  const own = await keptByBelt(context, cluster);
  if (isSameCluster(fileCluster ?? DEFAULT_CLUSTER, cluster)) {
    const file = await keptByUser(context);
    if (file && own) context.out.warn(`${file.shown} describes ${cluster}: ${own.shown} is ignored`);
    return file ?? own;
  }
  if (own || fileCluster !== undefined || context.env['BELT_CLUSTER']?.trim() !== cluster) return own;
  return keptByUser(context);
}

async function keptByBelt(context: Context, cluster: string): Promise<Description | undefined> {
  const text = readDescription(await context.descriptions(), cluster);
  return text === undefined ? undefined : { text, shown: await shownPath(context, cluster), keeper: 'belts' };
}

/** How messages name the file under `.belt/clusters/`: from the current folder, or whole when it is not below. */
export async function shownPath(context: Context, cluster: string): Promise<string> {
  const descriptions = await context.descriptions();
  const path = join(descriptions.folder, descriptionFile(descriptions, cluster));
  const below = relative(context.cwd, path);
  return below.startsWith('..') || isAbsolute(below) ? path : below;
}

/** The .belt.yaml in use, if it describes a cluster. */
async function keptByUser(context: Context): Promise<Description | undefined> {
  const file = await context.configFile();
  if (!file) return undefined;
  const { describes } = await import('../config/cluster/read.ts');
  return describes(file) ? { text: file.text, shown: file.shown, keeper: 'users' } : undefined;
}
