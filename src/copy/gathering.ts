// Nodes that begin together, so that one read of the source serves them all, and none waits long for another that may never answer.
import type { Clock } from '../clock.ts';

/** How long nodes that are ready wait for the others, in ms. */
const PATIENCE_MS = 2_500;

export class Gathering<T> {
  readonly #clock: Clock;
  readonly #begin: (all: readonly T[]) => Promise<void>;
  /** How many may still become ready. */
  #awaited: number;
  #open: { all: T[]; work: Promise<void>; close: () => void } | undefined;

  /** `awaited` is the number of nodes. `begin` does the work for those that became ready together. */
  constructor(clock: Clock, awaited: number, begin: (all: readonly T[]) => Promise<void>) {
    this.#clock = clock;
    this.#awaited = awaited;
    this.#begin = begin;
  }

  /** A node is ready. Resolves when the work is done for it and for those that began with it. */
  join(one: T): Promise<void> {
    this.#open ??= this.#opened();
    const { all, work } = this.#open;
    all.push(one);
    this.#fewer();
    return work;
  }

  /** A node cannot be reached. */
  miss(): void {
    this.#fewer();
  }

  #fewer(): void {
    if (--this.#awaited === 0) this.#open?.close();
  }

  #opened(): { all: T[]; work: Promise<void>; close: () => void } {
    const all: T[] = [];
    const closed = new AbortController();
    const work = this.#clock
      .sleep(PATIENCE_MS, closed.signal)
      .catch(() => {})
      .then(() => {
        // A node that is ready later begins another round.
        if (this.#open?.all === all) this.#open = undefined;
        return this.#begin(all);
      });
    return { all, work, close: () => closed.abort() };
  }
}
