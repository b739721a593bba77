// Everything that a sandbox does later, so that it can be cancelled when the sandbox ends.

export class Timers {
  readonly now: () => number;
  readonly #pending = new Set<NodeJS.Timeout>();

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Runs the job after the delay, unless the sandbox has ended by then. */
  after(delayMs: number, job: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      job();
    }, delayMs);
    this.#pending.add(timer);
  }

  /** Resolves after the delay. */
  pause(delayMs: number): Promise<void> {
    return delayMs > 0 ? new Promise((resolve) => this.after(delayMs, resolve)) : Promise.resolve();
  }

  /** Cancels what has not run yet. */
  close(): void {
    for (const timer of this.#pending) {
      clearTimeout(timer);
    }
    this.#pending.clear();
  }
}
