// What moves between here and one engine, over all of its streams: a link that is full of somebody's upload holds up a ping behind it.
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';

/** A stream of SSH takes as much before the other side has read any of it. */
const MOST_ON_ITS_WAY = 2 << 20;
/** Bytes per ms: the slowest link whose queue is waited for. */
const SLOWEST = 100;
const MOST_QUEUE_MS = 30_000;
/** A request without more is taken by a host whose engine is frozen, too: that moves nothing. */
const SMALL = 64 << 10;

type Written = (error?: Error | null) => void;

export class Traffic {
  #moves = 0;
  /** Bytes to the engine that it has not answered yet, by stream. */
  readonly #unanswered = new Map<Duplex, number>();

  /** Counts what goes over the stream from now on. */
  watch(stream: Duplex): Duplex {
    this.#unanswered.set(stream, 0);
    stream.once('close', () => this.#unanswered.delete(stream));
    const push = stream.push.bind(stream);
    // Not a listener of its own, which would make it flow before its reader is there.
    stream.push = (chunk, encoding) => {
      if (chunk !== null && this.#unanswered.has(stream)) {
        this.#moves++;
        this.#unanswered.set(stream, 0);
      }
      return push(chunk, encoding);
    };
    const write = stream._write.bind(stream);
    stream._write = (chunk: Buffer | string, encoding, done) => {
      write(chunk, encoding, this.#sending(stream, Buffer.byteLength(chunk), done));
    };
    const writeAll = stream._writev?.bind(stream);
    if (writeAll) {
      stream._writev = (chunks, done) => {
        const bytes = chunks.reduce((sum, { chunk }) => sum + Buffer.byteLength(chunk), 0);
        writeAll(chunks, this.#sending(stream, bytes, done));
      };
    }
    return stream;
  }

  #sending(stream: Duplex, bytes: number, done: Written): Written {
    const before = this.#unanswered.get(stream);
    if (before === undefined) return done;
    this.#unanswered.set(stream, before + bytes);
    return (error) => {
      if (before + bytes > SMALL) this.#moves++;
      done(error);
    };
  }

  /** How long something small may take behind all that is on its way. */
  get #queueMs(): number {
    const bytes = [...this.#unanswered.values()].reduce((sum, one) => sum + Math.min(one, MOST_ON_ITS_WAY), 0);
    return Math.min(MOST_QUEUE_MS, bytes / SLOWEST);
  }

  /** Resolves when nothing has moved for so long, and what is on its way has had its time: with how long that took. */
  async quiet(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<number> {
    // What is asked right now moves something itself.
    const firstMs = ms / 2;
    await clock.sleep(firstMs, signal);
    for (let waitedMs = firstMs; ; ) {
      const before = this.#moves;
      const pauseMs = ms - firstMs + this.#queueMs;
      await clock.sleep(pauseMs, signal);
      waitedMs += pauseMs;
      if (before === this.#moves) return waitedMs;
    }
  }
}
