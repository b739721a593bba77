// Whether an engine answers, by pings while somebody waits for it.
import type http from 'node:http';
import type { Clock } from '../clock.ts';
import { limited } from '../wait.ts';
import { isCut, NoStream, Silent } from './reach.ts';
import type { Traffic } from './traffic.ts';

/** An engine that says nothing for so long, not even to a ping, is silent, unless other bytes to or from it move. */
export const SILENCE_MS = 2_000;
const PING_AFTER_MS = 1_000;
/** One that answers pings may take its time for anything else. */
const PING_EVERY_MS = 5_000;

export interface PulseOptions {
  clock: Clock;
  /** Ends whatever waits for it. */
  signal: AbortSignal;
  /** All bytes to and from the engine. */
  traffic: Traffic;
  /** Whether no more streams can be open at once. */
  isFull: () => boolean;
  /** A request for a ping, not sent yet. */
  request: () => http.ClientRequest;
}

export class Pulse {
  readonly #options: PulseOptions;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** As long as somebody waits for the engine. @throws Silent when it answers nothing */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (let pauseMs = PING_AFTER_MS; ; pauseMs = PING_EVERY_MS) {
      const isOver = await clock.sleep(pauseMs, signal).then(
        () => false,
        () => true,
      );
      if (isOver) return;
      const silence = await this.silenceIn(SILENCE_MS - PING_AFTER_MS);
      if (signal.aborted) return;
      if (silence) throw new Silent(PING_AFTER_MS + silence.afterMs);
    }
  }

  /** Undefined where it answers a ping. */
  async silenceIn(timeoutMs: number): Promise<Silent | undefined> {
    const over = new AbortController();
    try {
      await this.within(timeoutMs, () => this.#ping(over.signal));
      return undefined;
    } catch (error) {
      // An sshd that opens no more sessions says nothing of the engine.
      if (this.#options.isFull() || error instanceof NoStream) return undefined;
      return error instanceof Silent ? error : new Silent(timeoutMs);
    } finally {
      over.abort();
    }
  }

  /** Time counts while nothing else moves. @throws Silent */
  within<T>(timeoutMs: number, task: () => Promise<T>): Promise<T> {
    const { clock, signal, traffic } = this.#options;
    let waitedMs = timeoutMs;
    const sleep: Clock['sleep'] = async (ms, own) => {
      waitedMs = await traffic.quiet(ms, clock, own);
    };
    return limited(task, {
      clock: { now: () => clock.now(), sleep },
      signal,
      timeoutMs,
      late: () => new Silent(waitedMs),
    });
  }

  /** Resolves at its answer. @throws when there is none */
  async #ping(signal: AbortSignal): Promise<void> {
    const request = this.#options.request();
    const end = () => request.destroy();
    signal.addEventListener('abort', end, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        request.on('error', reject);
        request.on('response', (response) => {
          response.resume();
          resolve();
        });
        request.end();
      });
      signal.removeEventListener('abort', end);
    } catch (error) {
      signal.throwIfAborted();
      // As in any other request: the stream was closed while nobody used it.
      if (!request.reusedSocket || !isCut(error)) throw error;
      await this.#ping(signal);
    }
  }
}
