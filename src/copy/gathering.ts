// Nodes that begin together, so that one read of the source serves them all, and none waits long for another that may never answer.
import type { Clock } from '../clock.ts';

/** So long those that are there wait for more, in ms. */
const PATIENCE_MS = 2_500;

export class Gathering<T> {
  readonly #clock: Clock;
  readonly #begin: (all: readonly T[]) => Promise<void>;
  /** How many are not there yet, and may come. */
  #awaited: number;
  #open: { all: T[]; work: Promise<void>; close: () => void } | undefined;

  /** Of so many. `begin` does the work for those that came together. */
  constructor(clock: Clock, awaited: number, begin: (all: readonly T[]) => Promise<void>) {
    this.#clock = clock;
    this.#awaited = awaited;
    this.#begin = begin;
  }

  /** One is there. Resolves when the work is done for those with which it began. */
  join(one: T): Promise<void> {
    this.#open ??= this.#opened();
    const { all, work } = this.#open;
    all.push(one);
    this.#fewer();
    return work;
  }

  /** One does not come. */
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
        // Who comes from now on begins anew.
        if (this.#open?.all === all) this.#open = undefined;
        return this.#begin(all);
      });
    return { all, work, close: () => closed.abort() };
  }
}
