// Lists of droplets as DigitalOcean returns them: a little behind. Each list shows an earlier moment, a different one for each
// list, as if any of several database replicas could answer: what was shown before may be missing again, and
// what is gone may show again. A droplet that is requested by its id is always current.
import type { Random } from '../random.ts';
import type { Droplet } from './droplet.ts';
import { type Droplets, matches } from './droplets.ts';

export interface ListFilter {
  tag?: string | undefined;
  name?: string | undefined;
  /** The pages of one list show the same moment, until its first page is requested again. */
  page: number;
}

export class LaggingLists {
  readonly #lagMs: number;
  readonly #random: Random;
  readonly #now: () => number;
  /** Gone, and shown by lists that are behind; the last is the latest. */
  #removed: Droplet[] = [];
  /** The moment of each list whose pages are being read. */
  readonly #moments = new Map<string, number>();

  constructor({ lagMs, random, now }: { lagMs: number; random: Random; now: () => number }) {
    this.#lagMs = lagMs;
    this.#random = random;
    this.#now = now;
  }

  /** Keeps what was just removed for the lists that are behind. */
  removed(droplet: Droplet): void {
    droplet.removedAt = this.#now();
    if (this.#lagMs > 0) this.#removed.push(droplet);
  }

  /** The droplets that a list shows, in the order in which they were made. */
  of(droplets: Droplets, filter: ListFilter): readonly Droplet[] {
    const now = droplets.list().filter((one) => matches(one, filter));
    if (this.#lagMs === 0) return now;
    const moment = this.#momentOf(filter);
    this.#removed = this.#removed.filter(({ removedAt = 0 }) => removedAt > this.#now() - this.#lagMs);
    const gone = this.#removed.filter((one) => (one.removedAt ?? 0) > moment && matches(one, filter));
    return [...now, ...gone].filter(({ listedAt }) => listedAt <= moment).sort((a, b) => a.ordinal - b.ordinal);
  }

  #momentOf({ tag, name, page }: ListFilter): number {
    const key = JSON.stringify([tag, name]).toLowerCase();
    const known = page > 1 ? this.#moments.get(key) : undefined;
    const moment = known ?? this.#now() - this.#random() * this.#lagMs;
    this.#moments.set(key, moment);
    return moment;
  }
}
