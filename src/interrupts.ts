// Ctrl-C, SIGTERM, SIGHUP and a reader that went away: told to the handlers that there are, else the end of the command.
import { Interrupted } from './errors.ts';

const READER_GONE_MS = 3_000;

export type InterruptHandler = (signal: NodeJS.Signals) => void;

export class Interrupts {
  readonly #handlers: InterruptHandler[] = [];
  readonly #controller = new AbortController();
  readonly #stopAtOnce: () => void;
  #count = 0;

  /** `stopAtOnce` ends the process: what a second Ctrl-C does. */
  constructor(stopAtOnce: () => void) {
    this.#stopAtOnce = stopAtOnce;
  }

  /** Aborted by the first interrupt that no handler took. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Adds a handler; gives back how to take it away. */
  readonly on = (handler: InterruptHandler): (() => void) => {
    this.#handlers.push(handler);
    return () => {
      const index = this.#handlers.indexOf(handler);
      if (index >= 0) this.#handlers.splice(index, 1);
    };
  };

  /** Nobody reads belt's output any more: whatever a handler still waits for, the process ends soon. */
  #readerGone(handled: boolean): void {
    if (handled) setTimeout(this.#stopAtOnce, READER_GONE_MS).unref();
  }

  /** A signal came. */
  readonly raise = (signal: NodeJS.Signals): void => {
    this.#count += 1;
    if (this.#count > 1 && signal !== 'SIGPIPE') return this.#stopAtOnce();
    const handlers = [...this.#handlers];
    if (signal === 'SIGPIPE') this.#readerGone(handlers.length > 0);
    if (handlers.length > 0) for (const handler of handlers) handler(signal);
    else if (signal === 'SIGPIPE') this.#stopAtOnce();
    else this.#controller.abort(new Interrupted('interrupted'));
  };
}
