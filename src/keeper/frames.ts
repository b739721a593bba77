// What goes over the keeper's socket: frames of a kind, a length and bytes. Each connection to the socket is one question, one
// channel or one lease (messages.ts), so that a slow reader of one holds up no other.
import type { Socket } from 'node:net';

/** `json` is a message; the others are the streams of a channel, and their ends. */
export const KIND = { json: 0, data: 1, stderr: 2, end: 3 } as const;

type Kind = (typeof KIND)[keyof typeof KIND];

const HEAD = 5;
/** Longer pieces are sent in several. A message is longer only where a command line is. */
const PIECE = 256 * 1024;
/** The longest command line that Linux takes, as JSON has it. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface FrameHandlers {
  onJson(message: unknown): void;
  onData?(bytes: Buffer): void;
  onStderr?(bytes: Buffer): void;
  /** The other side writes no more on its channel. */
  onEnd?(): void;
}

/** Frames over a socket. What the other side must not have sent destroys it. */
export class Frames {
  readonly socket: Socket;
  readonly #pieces: Buffer[] = [];
  #length = 0;
  /** Until they are known, nothing is read. */
  handlers: FrameHandlers;

  constructor(socket: Socket, handlers: FrameHandlers) {
    this.socket = socket;
    this.handlers = handlers;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  json(message: object): void {
    this.#write(KIND.json, Buffer.from(JSON.stringify(message)));
  }

  /** Whether there is room for more; else the socket emits `drain` when there is. `done` is called when it was handed on. */
  write(kind: typeof KIND.data | typeof KIND.stderr, bytes: Buffer, done?: () => void): boolean {
    for (let at = 0; at < bytes.length - PIECE; at += PIECE) this.#write(kind, bytes.subarray(at, at + PIECE));
    return this.#write(kind, bytes.subarray(Math.floor((bytes.length - 1) / PIECE) * PIECE), done);
  }

  end(): void {
    this.#write(KIND.end, Buffer.alloc(0));
  }

  #write(kind: Kind, bytes: Buffer, done?: () => void): boolean {
    const { socket } = this;
    if (!socket.writable) {
      done?.();
      return true;
    }
    const head = Buffer.allocUnsafe(HEAD);
    head.writeUInt8(kind, 0);
    head.writeUInt32BE(bytes.length, 1);
    socket.cork();
    socket.write(head);
    const hasRoom = socket.write(bytes, () => done?.());
    socket.uncork();
    return hasRoom;
  }

  #read(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#length += chunk.length;
    for (let frame = this.#next(); frame; frame = this.#next()) {
      try {
        this.#handle(frame.kind, frame.bytes);
      } catch {
        this.socket.destroy();
        return;
      }
    }
  }

  /** Undefined until a frame is whole. */
  #next(): { kind: number; bytes: Buffer } | undefined {
    if (this.#length < HEAD) return undefined;
    if (this.#pieces[0]!.length < HEAD) this.#join();
    const [first] = this.#pieces as [Buffer];
    const length = first.readUInt32BE(1);
    if (length > MOST_BYTES) {
      this.socket.destroy();
      return undefined;
    }
    if (this.#length < HEAD + length) return undefined;
    if (first.length < HEAD + length) this.#join();
    const [whole] = this.#pieces as [Buffer];
    const rest = whole.subarray(HEAD + length);
    if (rest.length > 0) this.#pieces[0] = rest;
    else this.#pieces.shift();
    this.#length -= HEAD + length;
    return { kind: whole.readUInt8(0), bytes: whole.subarray(HEAD, HEAD + length) };
  }

  #join(): void {
    this.#pieces.splice(0, this.#pieces.length, Buffer.concat(this.#pieces));
  }

  #handle(kind: number, bytes: Buffer): void {
    const { onJson, onData, onStderr, onEnd } = this.handlers;
    if (kind === KIND.json) onJson(JSON.parse(bytes.toString('utf8')));
    else if (kind === KIND.data) onData?.(bytes);
    else if (kind === KIND.stderr) onStderr?.(bytes);
    else if (kind === KIND.end) onEnd?.();
    else throw new Error('no such kind');
  }
}
