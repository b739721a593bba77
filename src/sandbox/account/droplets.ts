// The existing droplets, in order of creation.
import { Collection } from './collection.ts';
import type { Droplet } from './droplet.ts';

export class Droplets extends Collection<Droplet> {
  withTag(tag: string): Droplet[] {
    return this.list().filter((droplet) => matches(droplet, { tag }));
  }
}

/**
 * Whether it has the tag and the name. DigitalOcean compares names without regard to case; of a tag it says that requests must have the
 * spelling of its first use.
 */
export const matches = (droplet: Droplet, { tag, name }: { tag?: string | undefined; name?: string | undefined }) =>
  (tag === undefined || droplet.tags.has(tag)) &&
  (name === undefined || droplet.name.toLowerCase() === name.toLowerCase());
