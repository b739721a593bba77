export const BELT_TAG = 'belt';
export const CLUSTER_PREFIX = 'belt-cluster-';
export const RUN_PREFIX = 'belt-run-';

/** DigitalOcean's rule for tags (its API description, tag_resource). */
export const isTagName = (tag: string): boolean => /^[a-zA-Z0-9_:-]{1,255}$/.test(tag);

/** DigitalOcean compares tags without case, and keeps the spelling of the first use. */
export const isSameTag = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Whether a tag is among these. */
export const hasTag = (tags: readonly string[], tag: string): boolean => tags.some((one) => isSameTag(one, tag));

/** Whether it is one of those that belt sets itself, and by which it finds its droplets. DigitalOcean compares tags without case. */
export function isBeltsTag(tag: string): boolean {
  const lower = tag.toLowerCase();
  return lower === BELT_TAG || lower.startsWith(CLUSTER_PREFIX) || lower.startsWith(RUN_PREFIX);
}

/** The tags of belt's own, for a person. */
export const BELTS_TAGS = 'belt, belt-cluster-* and belt-run-*';
