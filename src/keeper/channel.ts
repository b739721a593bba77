// A channel of a connection that the keeper holds, with what belt uses of ssh2's channels.
import { Duplex, Readable } from 'node:stream';
import { type Frames, KIND } from './frames.ts';
import type { ChannelAnswer } from './messages.ts';

export class KeptChannel extends Duplex {
  readonly stderr: Readable;
  readonly #frames: Frames;
  readonly #onCut: () => void;
  #isClosed = false;
  #hasEnd = false;

  /** `onCut` is called when it ends without the host having closed it, before anybody else is told. */
  constructor(frames: Frames, onCut: () => void) {
    // Both sides may have ended before the exit code comes: `close` is only after that.
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#frames = frames;
    this.#onCut = onCut;
    const resume = () => void frames.socket.resume();
    this.stderr = new Readable({ read: resume });
    this.stderr.on('error', () => {});
    const takes = (hasRoom: boolean) => void (hasRoom || frames.socket.pause());
    frames.handlers = {
      onJson: (message) => this.#told(message as ChannelAnswer),
      onData: (bytes) => takes(this.push(bytes)),
      onStderr: (bytes) => takes(this.stderr.push(bytes)),
      onEnd: () => this.#endReading(),
    };
    frames.socket.once('close', () => this.#ended());
  }

  /** As ssh2's: tells the host the new size of its terminal. */
  setWindow(rows: number, cols: number): void {
    this.#frames.json({ window: { rows, cols } });
  }

  /** As ssh2's. */
  close(): void {
    this.destroy();
  }

  override _read(): void {
    this.#frames.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#frames.write(KIND.data, chunk, done);
  }

  override _final(done: () => void): void {
    this.#frames.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#frames.socket.destroy();
    if (!this.stderr.readableEnded && !this.stderr.destroyed) this.stderr.push(null);
    done(error);
  }

  #told(answer: ChannelAnswer): void {
    if (answer.is === 'exit') this.emit('exit', answer.code, answer.signal);
    else if (answer.is === 'closed') {
      this.#isClosed = true;
      this.#ended();
    }
  }

  #endReading(): void {
    if (!this.#hasEnd) {
      this.#hasEnd = true;
      this.push(null);
      this.stderr.push(null);
    }
  }

  /** It emits `close` once all that came was read. */
  #ended(): void {
    if (this.destroyed) return;
    if (!this.#isClosed) this.#onCut();
    this.#endReading();
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }
}
