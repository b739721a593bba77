// Everything that a sandbox does later, so that it can be cancelled when the sandbox ends.
import { type Clock, systemClock } from '../clock.ts';

export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<AbortController>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  readonly now = (): number => this.#clock.now();

  after(delayMs: number, job: () => void): void {
    const ended = new AbortController();
    this.#pending.add(ended);
    const due = () => {
      if (this.#pending.delete(ended)) job();
    };
    void this.#clock.sleep(delayMs, ended.signal).then(due, () => {});
  }

  /** Resolves after the delay; never, once the sandbox has ended. */
  pause(delayMs: number): Promise<void> {
    return delayMs > 0 ? new Promise((resolve) => this.after(delayMs, resolve)) : Promise.resolve();
  }

  close(): void {
    for (const ended of this.#pending) ended.abort();
    this.#pending.clear();
  }
}
