// Time that flies while nothing works, and hardly passes while something does: a minute that belt and its sandbox wait for
// is over in half a second, and a slow machine has nobody miss a deadline. As a paused clock of Tokio's, but it never leaps
// far: the thread may be idle because the machine is busy elsewhere.
import { performance } from 'node:perf_hooks';
import type { Clock } from '../../src/clock.ts';

/** How often it looks whether anything works, in ms. */
const LOOK_MS = 4;
/** How far it leaps when nothing does, in ms. */
const LEAP_MS = 500;
/** The share of the time since the last look from which on something does. */
const BUSY = 0.7;
/** Time passes so much slower while something does. */
const SLOWER = 10;

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Of one world; the thread is idle when all of its worlds are. */
export class FlyingClock implements Clock {
  readonly #startMs = Date.now();
  #leaptMs = 0;
  #looked = performance.eventLoopUtilization();
  #timer: NodeJS.Timeout | undefined;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#startMs + Math.floor((Date.now() - this.#startMs) / SLOWER) + this.#leaptMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { at: this.now() + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', stop, { once: true });
      this.#lookSoon();
    });
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#look();
      if (this.#sleepers.size > 0) this.#lookSoon();
    }, LOOK_MS);
  }

  #look(): void {
    const busy = performance.eventLoopUtilization(this.#looked).utilization;
    this.#looked = performance.eventLoopUtilization();
    const leftMs = Math.min(...[...this.#sleepers].map(({ at }) => at)) - this.now();
    if (busy < BUSY && leftMs > 0) this.#leaptMs += Math.min(leftMs, LEAP_MS);
    const now = this.now();
    const due = [...this.#sleepers].filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
    for (const sleeper of due) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
