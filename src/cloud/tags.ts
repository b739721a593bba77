// belt recognizes its droplets by their tags, which the cloud keeps (design rule 1).

import { BELT_TAG, CLUSTER_PREFIX, hasTag, isBeltsTag, RUN_PREFIX } from '../model/tag.ts';

export { hasTag };

export const clusterTag = (cluster: string): string => `${CLUSTER_PREFIX}${cluster}`;
export const runTag = (run: string): string => `${RUN_PREFIX}${run}`;

/** Whether belt created the droplet. */
export const isBelts = (tags: readonly string[]): boolean => hasTag(tags, BELT_TAG);

/** Whether belt created it for this cluster: it has both tags. belt only changes or deletes such droplets. */
export const isOfCluster = (tags: readonly string[], cluster: string): boolean =>
  isBelts(tags) && hasTag(tags, clusterTag(cluster));

/** Whether it belongs to this cluster and no other: belt may delete it without being given its name. */
export const isOnlyOfCluster = (tags: readonly string[], cluster: string): boolean =>
  isOfCluster(tags, cluster) && clusterNamesOf(tags).every((name) => isSameCluster(name, cluster));

/** Whether two names refer to the same cluster: DigitalOcean treats their tags as equal. */
export const isSameCluster = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The tags that the user gave. */
export const ownTags = (tags: readonly string[]): string[] => tags.filter((tag) => !isBeltsTag(tag));

/** The run that created the droplet. */
export const runOf = (tags: readonly string[]): string | undefined =>
  tags.find((tag) => startsWith(tag, RUN_PREFIX))?.slice(RUN_PREFIX.length);

/** The droplet's cluster; the first if somebody tagged it for several. */
export const clusterOf = (tags: readonly string[]): string | undefined => clusterNamesOf(tags)[0];

/** Every cluster whose tag the droplet has. */
export const clusterNamesOf = (tags: readonly string[]): string[] =>
  tags.filter((tag) => startsWith(tag, CLUSTER_PREFIX)).map((tag) => tag.slice(CLUSTER_PREFIX.length));

const startsWith = (tag: string, prefix: string): boolean => tag.toLowerCase().startsWith(prefix);
