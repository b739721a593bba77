import type { Clock } from '../clock.ts';

export interface Patience {
  clock: Clock;
  ms: number;
}

/** The time for which one side of a stream is waited for: it ends when something comes, and is over when nothing does. */
export class Stall {
  isOver = false;
  readonly #patience: Patience | undefined;
  readonly #onOver: () => void;
  #waiting: AbortController | undefined;

  /** Without `patience` it is never over. */
  constructor(patience: Patience | undefined, onOver: () => void) {
    this.#patience = patience;
    this.#onOver = onOver;
  }

  begin(): void {
    this.end();
    if (!this.#patience) return;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const over = () => {
      this.isOver = true;
      this.#onOver();
    };
    this.#patience.clock.sleep(this.#patience.ms, waiting.signal).then(over, () => {});
  }

  end(): void {
    this.#waiting?.abort();
    this.#waiting = undefined;
  }
}
