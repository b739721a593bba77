// Parts of the stream to the nodes, compressed once and read by every node that needs them, also while they are being made. A gzip
// stream may consist of several: each part is one of its own.
import { createHash, type Hash } from 'node:crypto';
import { read } from 'node:fs';
import { Readable } from 'node:stream';
import { createGzip, constants as zlib } from 'node:zlib';
import type { Layer } from './archive.ts';
import type { Content } from './content.ts';
import { Spool } from './spool.ts';
import { BadArchive, fileHeader, padding } from './tar.ts';

const readAt = (fd: number, bytes: Buffer, position: number): Promise<number> =>
  new Promise((done, failed) => {
    read(fd, bytes, 0, bytes.length, position, (error, count) => (error ? failed(error) : done(count)));
  });
const PIECE = 256 * 1024;

/** One part: a file of the tar, compressed. It is made when it is first read. */
class Part {
  /** Compressed, in bytes; a guess until all of it is there. */
  readonly #guess: number;
  readonly #make: () => Readable;
  #spool: Spool | undefined;
  #making: Promise<void> | undefined;
  #isWhole = false;
  #waiting: (() => void)[] = [];
  #error: unknown;

  constructor(make: () => Readable, guess: number) {
    this.#make = make;
    this.#guess = guess;
  }

  get size(): number {
    return this.#isWhole ? this.#spool!.size : Math.max(this.#guess, this.#spool?.size ?? 0);
  }

  /** All of it, piece by piece, as fast as it is made and taken. @throws BadArchive where its source is not what it should be */
  async *read(): AsyncGenerator<Buffer> {
    this.#making ??= this.#fill();
    for (let at = 0; ; ) {
      if (this.#error !== undefined) throw this.#error;
      const there = (this.#spool?.size ?? 0) - at;
      if (there > 0) {
        const bytes = Buffer.alloc(Math.min(there, PIECE));
        const count = await readAt(this.#spool!.fd, bytes, at);
        at += count;
        yield bytes.subarray(0, count);
      } else if (this.#isWhole) return;
      else await new Promise<void>((go) => this.#waiting.push(go));
    }
  }

  async #fill(): Promise<void> {
    try {
      this.#spool = new Spool();
      for await (const piece of this.#make()) {
        this.#spool.add(piece as Buffer);
        this.#wake();
      }
      this.#isWhole = true;
    } catch (error) {
      this.#error = error;
    }
    this.#wake();
  }

  #wake(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  close(): void {
    this.#error ??= new Error('closed');
    this.#wake();
    void this.#making?.finally(() => this.#spool?.close());
  }
}

/** The layers of a run, each compressed at most once. */
export class PackedLayers {
  readonly #parts = new Map<string, Part>();

  /** A file of the tar with the layer. @throws BadArchive where the archive does not have it */
  of(content: Content, layer: Layer, path: string): Pick<Part, 'size' | 'read'> {
    const known = this.#parts.get(layer.digest);
    if (known) return known;
    const { size, digest } = layer;
    if (size === undefined) {
      throw new BadArchive(`it lacks the layer ${digest}`, {
        hint: 'a node that got the image by belt push, or an engine that pulled it, may not have it whole: build it again here',
      });
    }
    // What is compressed is not made smaller.
    const level = /\+(gzip|zstd)$|\.tar\.gzip$/.test(layer.mediaType) ? zlib.Z_NO_COMPRESSION : zlib.Z_BEST_SPEED;
    const make = () => packed(file(path, size, content.stream(layer.path), digest), level);
    const part = new Part(make, size);
    this.#parts.set(layer.digest, part);
    return part;
  }

  close(): void {
    for (const part of this.#parts.values()) part.close();
  }
}

function packed(source: AsyncIterable<Buffer>, level: number): Readable {
  const gzip = createGzip({ level, chunkSize: PIECE });
  const from = Readable.from(source, { objectMode: false });
  from.on('error', (error) => gzip.destroy(error));
  return from.pipe(gzip);
}

/** A file of a tar, whose content is checked as it goes by. */
async function* file(path: string, size: number, content: Readable, digest: string): AsyncGenerator<Buffer> {
  const hash: Hash = createHash('sha256');
  yield fileHeader(path, size);
  for await (const piece of content) {
    hash.update(piece as Buffer);
    yield piece as Buffer;
  }
  if (`sha256:${hash.digest('hex')}` !== digest) {
    throw new BadArchive(`its layer ${digest} is damaged: its content is another one`);
  }
  yield padding(size);
}
