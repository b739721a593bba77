// Streams to one engine that stay open for the next request.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { socketLike } from '../engine/transport.ts';

/** Of the 8 sessions that some nodes have for all streams. */
const FREE_STREAMS = 2;

export class StreamAgent extends http.Agent {
  readonly #open: () => Promise<Duplex>;
  readonly #isFull: () => boolean;

  constructor(open: () => Promise<Duplex>, isFull: () => boolean) {
    super({ keepAlive: true, maxFreeSockets: FREE_STREAMS, scheduling: 'lifo' });
    this.#open = open;
    this.#isFull = isFull;
  }

  /** None is kept while another may wait for it. */
  override keepSocketAlive(stream: Duplex): undefined {
    // What is typed as nothing says whether it is kept.
    const isKept = super.keepSocketAlive(stream) as unknown as undefined;
    return this.#isFull() ? undefined : isKept;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#open().then(
      (stream) => done?.(null, socketLike(stream)),
      (error) => done?.(error, undefined as never),
    );
  }
}
