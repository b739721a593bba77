// The existing droplets, in order of creation.
import { Collection } from './collection.ts';
import type { Droplet } from './droplet.ts';

export class Droplets extends Collection<Droplet> {
  withTag(tag: string): Droplet[] {
    return this.list().filter((droplet) => matches(droplet, { tag }));
  }
}

/** Whether it has the tag and the name: DigitalOcean compares both without regard to case. */
export const matches = (droplet: Droplet, { tag, name }: { tag?: string | undefined; name?: string | undefined }) =>
  (tag === undefined || [...droplet.tags].some((one) => one.toLowerCase() === tag.toLowerCase())) &&
  (name === undefined || droplet.name.toLowerCase() === name.toLowerCase());
