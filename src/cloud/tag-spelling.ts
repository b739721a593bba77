// Lists of droplets by tag. A request must have the spelling of the tag's first use in the account, whatever a description says
// (DigitalOcean's API description, tag_resource); nothing is said of one that has another, so that an empty list may mean that.
import type { Droplet } from '../model/droplet.ts';
import { hasTag, isSameTag, RUN_PREFIX } from '../model/tag.ts';

interface Asking {
  /** Droplets with the tag in this spelling. */
  list: (tag: string) => Promise<Droplet[]>;
  all: () => Promise<Droplet[]>;
  /** Whether the account has the tag in this spelling. */
  isTag: (tag: string) => Promise<boolean>;
}

/** The spelling of each tag, as far as it is known. */
export class TagSpellings {
  readonly #known = new Map<string, string>();
  /** Tags that no droplet has, as far as is known. */
  readonly #unused = new Set<string>();

  /** Droplets are being made: a tag may have some now. */
  renew(): void {
    this.#unused.clear();
  }

  /** The droplets with a tag, in whatever spelling the account has it. */
  async droplets(tag: string, { list, all, isTag }: Asking): Promise<Droplet[]> {
    const key = tag.toLowerCase();
    const known = this.#known.get(key);
    const listed = await list(known ?? tag);
    // A run's tag is new: belt spelled it itself.
    const isSure = known !== undefined || this.#unused.has(key) || tag.startsWith(RUN_PREFIX);
    if (listed.length > 0 || isSure) return listed;
    const isRight = await isTag(tag);
    const tagged = isRight ? [] : (await all()).filter(({ tags }) => hasTag(tags, tag));
    const spelled = isRight ? tag : tagged[0]?.tags.find((one) => isSameTag(one, tag));
    if (spelled === undefined) this.#unused.add(key);
    else this.#known.set(key, spelled);
    return tagged;
  }
}
