// Ctrl-C, SIGTERM, SIGHUP and the like, and a reader that went away: passed to the registered handlers, else they end
// the command.
import { Interrupted } from './errors.ts';

const READER_GONE_MS = 3_000;

/** This many of these signals within this time end belt at once, even where they are passed on. */
const IMPATIENT = { signals: 3, withinMs: 1_000 };

/** Signals that an impatient person or supervisor repeats. */
const ENDS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

export type InterruptHandler = (signal: NodeJS.Signals) => void;

export class Interrupts {
  readonly #handlers: InterruptHandler[] = [];
  readonly #forwarding: InterruptHandler[] = [];
  #program: InterruptHandler | undefined;
  readonly #controller = new AbortController();
  readonly #stopAtOnce: () => void;
  readonly #now: () => number;
  #count = 0;
  #recentMs: number[] = [];

  /** `stopAtOnce` ends the process: what a second Ctrl-C does, where none is passed on. `now` is in ms. */
  constructor(stopAtOnce: () => void, now: () => number) {
    this.#stopAtOnce = stopAtOnce;
    this.#now = now;
  }

  /** Aborted by the first interrupt that no handler took. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Adds a handler; returns a function that removes it. */
  readonly on = (handler: InterruptHandler): (() => void) => addTo(this.#handlers, handler);

  /**
   * Adds a handler that passes signals on to a program elsewhere: it gets every one and decides what to do. Only three
   * within a second end belt at once.
   */
  readonly forward = (handler: InterruptHandler): (() => void) => addTo(this.#forwarding, handler);

  /** A program runs here in belt's place: it alone decides what a signal ends, until the returned function is called. */
  readonly yieldTo = (handler: InterruptHandler): (() => void) => {
    this.#program = handler;
    return () => {
      this.#program = undefined;
    };
  };

  /** Nobody reads belt's output any more: whatever a handler still waits for, the process ends soon. */
  #readerGone(handled: boolean): void {
    if (handled) setTimeout(this.#stopAtOnce, READER_GONE_MS).unref();
  }

  /** A signal came. */
  readonly raise = (signal: NodeJS.Signals): void => {
    if (this.#program) return this.#program(signal);
    const isForwarded = this.#forwarding.length > 0;
    if (ENDS.has(signal)) this.#count += 1;
    const isOver = isForwarded ? this.#isImpatient(signal) : this.#count > 1 && signal !== 'SIGPIPE';
    if (isOver) return this.#stopAtOnce();
    const handlers = [...this.#handlers, ...this.#forwarding];
    if (signal === 'SIGPIPE') this.#readerGone(handlers.length > 0);
    if (handlers.length > 0) for (const handler of handlers) handler(signal);
    else if (signal === 'SIGPIPE') this.#stopAtOnce();
    else this.#controller.abort(new Interrupted('interrupted'));
  };

  #isImpatient(signal: NodeJS.Signals): boolean {
    if (!ENDS.has(signal)) return false;
    const now = this.#now();
    this.#recentMs = [...this.#recentMs.filter((atMs) => now - atMs < IMPATIENT.withinMs), now];
    return this.#recentMs.length >= IMPATIENT.signals;
  }
}

/** Until somebody presses Ctrl-C: for what runs until then, so that this is its end and no error. */
export const untilInterrupted = (interrupts: Pick<Interrupts, 'on'>): Promise<void> =>
  new Promise((resolve) => {
    interrupts.on(() => resolve());
  });

function addTo(handlers: InterruptHandler[], handler: InterruptHandler): () => void {
  handlers.push(handler);
  return () => {
    const index = handlers.indexOf(handler);
    if (index >= 0) handlers.splice(index, 1);
  };
}
