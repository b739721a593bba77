// How belt's droplets are told from others: by their tags, which the cloud keeps (design rule 1).

export const BELT_TAG = 'belt';
const CLUSTER_PREFIX = 'belt-cluster-';
const RUN_PREFIX = 'belt-run-';

export const clusterTag = (cluster: string): string => `${CLUSTER_PREFIX}${cluster}`;
export const runTag = (run: string): string => `${RUN_PREFIX}${run}`;

/** Whether belt made the droplet. */
export const isBelts = (tags: readonly string[]): boolean => tags.includes(BELT_TAG);

/** The tags that the user gave. */
export const ownTags = (tags: readonly string[]): string[] =>
  tags.filter((tag) => tag !== BELT_TAG && !tag.startsWith(CLUSTER_PREFIX) && !tag.startsWith(RUN_PREFIX));

/** The run that made the droplet. */
export const runOf = (tags: readonly string[]): string | undefined =>
  tags.find((tag) => tag.startsWith(RUN_PREFIX))?.slice(RUN_PREFIX.length);

/** The cluster that the droplet is of. */
export const clusterOf = (tags: readonly string[]): string | undefined =>
  tags.find((tag) => tag.startsWith(CLUSTER_PREFIX))?.slice(CLUSTER_PREFIX.length);
