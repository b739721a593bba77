// What a command says first, held back until it is known whether belt says it in words of its own.
import { Writable } from 'node:stream';

/** More than any of the beginnings and what follows it. */
const MOST = 1_000;

/** Passes on what is written to it, but holds back what begins in one of the given ways and is all that comes. */
export class FirstWords extends Writable {
  readonly #to: Writable;
  readonly #beginnings: readonly string[];
  /** Undefined once something was passed on. */
  #held: Buffer | undefined = Buffer.alloc(0);

  constructor(to: Writable, beginnings: readonly string[]) {
    super();
    this.#to = to;
    this.#beginnings = beginnings;
    // Who writes to the target hears of it there; this one is only on the way.
    to.once('error', (error) => this.destroy(error));
    this.on('error', () => {});
  }

  /** What is held back, as text. */
  get held(): string {
    return this.#held?.toString() ?? '';
  }

  /** It is said otherwise. */
  discard(): void {
    this.#held = undefined;
  }

  /** Passes on what is held back. */
  release(): void {
    if (this.#held && this.#held.length > 0) this.#to.write(this.#held);
    this.#held = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#held) {
      this.#to.write(chunk, done);
      return;
    }
    this.#held = Buffer.concat([this.#held, chunk]);
    if (!this.#isOneOfThem(this.#held.toString('latin1'))) this.release();
    done();
  }

  #isOneOfThem(text: string): boolean {
    return text.length <= MOST && this.#beginnings.some((one) => one.startsWith(text) || text.startsWith(one));
  }
}
