// What the cluster that is worked on is to be, with what the settings say where a group says nothing.
import { currentSize } from '../cloud/sizes.ts';
import { describedClusters } from '../config/cluster/folder.ts';
import { type ClusterSpec, type DropletSpec, type NodeGroup, PLAIN_ENGINE } from '../config/cluster/types.ts';
import type { Settings } from '../config/index.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { DEFAULT_CLUSTER, type Description, descriptionOf } from './description.ts';

/** @throws UsageError when nothing describes the cluster, or something in its description will not do */
export async function clusterSpec(context: Context): Promise<ClusterSpec> {
  const { cluster } = await context.settings();
  const description = await descriptionOf(context, cluster);
  if (!description) throw await notDescribed(context, cluster);
  return specIn(context, description);
}

/** The same from a description that was found. */
export async function specIn(context: Context, description: Description): Promise<ClusterSpec> {
  const { readCluster } = await import('../config/cluster/read.ts');
  const { spec, warnings } = readCluster(description);
  for (const warning of warnings) context.out.warn(warning);
  const settings = await context.settings();
  const groups = spec.groups.map((group) => withSettings(group, settings));
  return { ...spec, name: settings.cluster, file: description.shown, groups };
}

/** The file of a description, for hints. */
export const fileOf = ({ file = '.belt.yaml' }: Pick<ClusterSpec, 'file'>): string => file;

/** The error for a cluster that nothing here describes. */
export async function notDescribed(context: Context, cluster: string): Promise<UsageError> {
  const { fileCluster } = await context.settings();
  const file = await context.configFile();
  const here = describedClusters(await context.descriptions());
  if (cluster !== (fileCluster ?? DEFAULT_CLUSTER) || here.length > 0) {
    const near = nearest(cluster, here);
    const ways = `describe it: belt cluster new ${cluster} · from its droplets: belt cluster import ${cluster}`;
    const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : ways;
    return new UsageError(`no file describes the cluster ${cluster}`, { hint });
  }
  if (file) {
    return new UsageError(`${file.shown} does not describe a cluster: cluster has no managers`, {
      hint: 'such as: cluster: {name: shop, managers: {nodes: "node[1:3]", size: s-1vcpu-1gb}}',
    });
  }
  return new UsageError('no .belt.yaml describes a cluster', {
    hint: 'write one: belt init · describe one of several: belt cluster new shop',
  });
}

/** What droplets have that are made without a cluster in the file, too. @throws UsageError when it will not do */
export async function dropletSpec(context: Context): Promise<DropletSpec> {
  const file = await context.configFile();
  // Most files say nothing of it, and reading them again takes its time.
  if (!file || !/\b(engine|swap)\b/.test(file.text)) return { engine: PLAIN_ENGINE };
  const { readDroplets } = await import('../config/cluster/read.ts');
  const { droplets, warnings } = readDroplets(file);
  for (const warning of warnings) context.out.warn(warning);
  return droplets;
}

function withSettings(group: NodeGroup, settings: Settings): NodeGroup {
  const size = group.size ?? settings.size;
  const image = group.image ?? settings.image;
  const region = group.region ?? settings.region;
  return {
    ...group,
    ...(size !== undefined && { size: currentSize(size) }),
    ...(image !== undefined && { image }),
    ...(region !== undefined && { region }),
  };
}
