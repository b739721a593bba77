// Collects a command's output in memory, up to a limit.

import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A budget of bytes, shared by streams that are collected at the same time. */
export interface Room {
  left: number;
}

/** A stream that collects what is written to it. Beyond `most` bytes, or when the budget is used up, it discards the rest. */
export class Collector extends Writable {
  /** Something was left out. */
  truncated = false;
  readonly #chunks: Buffer[] = [];
  readonly #room: Room;
  #left: number;

  constructor(most: number, room: Room) {
    super();
    this.#left = most;
    this.#room = room;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const size = Math.min(chunk.length, this.#left, this.#room.left);
    if (size < chunk.length) {
      this.truncated = true;
      // No gaps: what comes after the first loss is discarded as well.
      this.#left = 0;
    } else this.#left -= size;
    this.#room.left -= size;
    if (size > 0) this.#chunks.push(chunk.subarray(0, size));
    done();
  }

  /** All of it as text, without a truncated character at the end; frees the budget. */
  take(): string {
    const bytes = Buffer.concat(this.#chunks.splice(0));
    this.#room.left += bytes.length;
    const decoder = new StringDecoder('utf8');
    return decoder.write(bytes) + (this.truncated ? '' : decoder.end());
  }
}
