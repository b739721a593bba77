// Time that moves only when a test says so, or when somebody sleeps.
import type { Clock } from '../../src/clock.ts';

interface Sleeper {
  at: number;
  wake: () => void;
}

export class FakeClock implements Clock {
  /** How long each sleep was to last, in the order in which they began. */
  readonly sleeps: number[] = [];
  readonly #auto: boolean;
  #now: number;
  #sleepers: Sleeper[] = [];

  /** With `auto`, the clock jumps to the earliest sleeper whenever one sleeps; else it waits for `advance`. */
  constructor({ startMs = 1_000_000, auto = true } = {}) {
    this.#now = startMs;
    this.#auto = auto;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { at: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
      if (this.#auto) setImmediate(() => this.#wakeNext(Number.POSITIVE_INFINITY));
    });
  }

  /** Moves on by so many ms; everybody whose time comes wakes at their own time and does what they do. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    while (this.#wakeNext(end)) await settled();
    this.#now = end;
  }

  #wakeNext(end: number): boolean {
    const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined || next.at > end) return false;
    this.#sleepers = this.#sleepers.filter((one) => one !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    return true;
  }
}

/** What follows from promises that are settled has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
