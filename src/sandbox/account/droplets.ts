// The existing droplets, indexed by id, tag and name.
import type { Droplet } from './droplet.ts';

/** Droplets in order of creation; sorted on demand. */
class Shelf {
  readonly #byId = new Map<number, Droplet>();
  #ordered: Droplet[] | undefined = [];

  get size(): number {
    return this.#byId.size;
  }

  add(droplet: Droplet): void {
    const last = this.#ordered?.at(-1);
    if (this.#ordered && (!last || last.ordinal < droplet.ordinal)) {
      this.#ordered.push(droplet);
    } else {
      this.#ordered = undefined;
    }
    this.#byId.set(droplet.id, droplet);
  }

  remove(droplet: Droplet): void {
    if (this.#byId.delete(droplet.id)) this.#ordered = undefined;
  }

  get(id: number): Droplet | undefined {
    return this.#byId.get(id);
  }

  list(): readonly Droplet[] {
    this.#ordered ??= [...this.#byId.values()].sort((a, b) => a.ordinal - b.ordinal);
    return this.#ordered;
  }
}

export class Droplets {
  readonly #all = new Shelf();
  readonly #byTag = new Map<string, Shelf>();
  readonly #byName = new Map<string, Shelf>();

  get size(): number {
    return this.#all.size;
  }

  get(id: number): Droplet | undefined {
    return this.#all.get(id);
  }

  list(): readonly Droplet[] {
    return this.#all.list();
  }

  /** Tags are compared without regard to case. */
  withTag(tag: string): readonly Droplet[] {
    return this.#byTag.get(tag.toLowerCase())?.list() ?? [];
  }

  /** Names are compared without regard to case, as DigitalOcean's filter does. */
  withName(name: string): readonly Droplet[] {
    return this.#byName.get(name.toLowerCase())?.list() ?? [];
  }

  add(droplet: Droplet): void {
    this.#all.add(droplet);
    shelf(this.#byName, droplet.name.toLowerCase()).add(droplet);
    for (const tag of droplet.tags) shelf(this.#byTag, tag.toLowerCase()).add(droplet);
  }

  remove(droplet: Droplet): void {
    this.#all.remove(droplet);
    take(this.#byName, droplet.name.toLowerCase(), droplet);
    for (const tag of droplet.tags) take(this.#byTag, tag.toLowerCase(), droplet);
  }

  rename(droplet: Droplet, name: string): void {
    take(this.#byName, droplet.name.toLowerCase(), droplet);
    droplet.name = name;
    shelf(this.#byName, name.toLowerCase()).add(droplet);
  }

  tag(droplet: Droplet, tag: string): void {
    if (!droplet.tags.has(tag)) {
      droplet.tags.add(tag);
      shelf(this.#byTag, tag.toLowerCase()).add(droplet);
    }
  }

  untag(droplet: Droplet, tag: string): void {
    if (droplet.tags.delete(tag)) take(this.#byTag, tag.toLowerCase(), droplet);
  }
}

function shelf(shelves: Map<string, Shelf>, key: string): Shelf {
  let found = shelves.get(key);
  if (!found) {
    found = new Shelf();
    shelves.set(key, found);
  }
  return found;
}

function take(shelves: Map<string, Shelf>, key: string, droplet: Droplet): void {
  const found = shelves.get(key);
  found?.remove(droplet);
  if (found?.size === 0) shelves.delete(key);
}
