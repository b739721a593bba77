// A connection between two simulated hosts: it does not leave this process.
import { Duplex } from 'node:stream';

export interface Ends {
  /** Who connects, as the other side sees it. */
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
}

/** One end of a cable; what is written to it comes out at the other. */
export class Plug extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  #other: Plug | undefined;
  /** Goes on when this end is read. */
  #more: (() => void) | undefined;

  private constructor(ends: Ends) {
    super();
    this.remoteAddress = ends.remoteAddress;
    this.remotePort = ends.remotePort;
    this.localAddress = ends.localAddress;
    this.localPort = ends.localPort;
    // A cut is no news to the side that made it.
    this.on('error', () => {});
  }

  /** Both ends: that of who connects, and that of who is connected to. */
  static pair(ends: Ends): [Plug, Plug] {
    const { remoteAddress, remotePort, localAddress, localPort } = ends;
    const near = new Plug({
      remoteAddress: localAddress,
      remotePort: localPort,
      localAddress: remoteAddress,
      localPort: remotePort,
    });
    const far = new Plug(ends);
    near.#other = far;
    far.#other = near;
    return [near, far];
  }

  /** As a socket's, for a connection that is cut. */
  resetAndDestroy(): void {
    this.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }

  override _read(): void {
    const more = this.#more;
    this.#more = undefined;
    more?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const other = this.#other!;
    // Copied, and later, as by a network: the SSH library is not done with its buffers while it writes.
    const bytes = Buffer.from(chunk);
    setImmediate(() => {
      if (other.destroyed || other.push(bytes)) done();
      else other.#more = done;
    });
  }

  override _final(done: () => void): void {
    if (!this.#other!.destroyed) this.#other!.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const other = this.#other!;
    if (!other.destroyed) setImmediate(() => other.destroy(error ?? undefined));
    done(error);
  }
}
