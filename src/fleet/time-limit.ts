// The end of a command that takes longer than its --timeout.
import type { Clock } from '../clock.ts';
import type { Context } from '../context.ts';

/** As timeout(1) has it. */
export const TIMED_OUT = 124;

/** How long a command that was told to end has for it, in ms. */
const GRACE_MS = 2_000;

/** How a command ended that took longer than it may. */
export const lateWords = (end: Late, timeoutMs: number): string =>
  LATE[end](`after ${timeoutMs / 1000} s, its --timeout`);

/** What it took to end a command at its deadline; `left`: nothing did, as far as is known. */
export type Late = 'ended' | 'killed' | 'left';

const LATE: Record<Late, (after: string) => string> = {
  ended: (after) => `ended ${after}`,
  killed: (after) => `killed ${after}: it went on after SIGTERM`,
  left: (after) => `given up ${after}: it may still run there, since it could not be killed`,
};

/** Tells a command to end at the deadline, kills it when it does not, and at last cuts its connection. */
export class TimeLimit {
  /** Undefined before the deadline. */
  end: Late | undefined;
  readonly #clock: Clock;
  readonly #deadline: number | undefined;
  readonly #cut: () => void;
  readonly #ended = new AbortController();

  constructor({ clock }: Pick<Context, 'clock'>, deadline: number | undefined, cut: () => void) {
    this.#clock = clock;
    this.#deadline = deadline;
    this.#cut = cut;
  }

  start(send: (signal: NodeJS.Signals) => void): void {
    // Rejected by `stop`: the command ended before.
    if (this.#deadline !== undefined) this.#watch(send, this.#deadline).catch(() => {});
  }

  stop(): void {
    this.#ended.abort();
  }

  async #watch(send: (signal: NodeJS.Signals) => void, deadline: number): Promise<void> {
    await this.#clock.sleep(Math.max(0, deadline - this.#clock.now()), this.#ended.signal);
    this.end = 'ended';
    send('SIGTERM');
    await this.#clock.sleep(GRACE_MS, this.#ended.signal);
    this.end = 'killed';
    send('SIGKILL');
    await this.#clock.sleep(GRACE_MS, this.#ended.signal);
    this.end = 'left';
    this.#cut();
  }
}
