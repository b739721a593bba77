// A unix socket of this machine whose connections lead to an engine, each over a stream of its own.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { messageOf } from '../errors.ts';

export interface LocalSocketOptions {
  path: string;
  /** A stream to the engine for one connection. What it throws is what the client is answered. */
  open: () => Promise<Duplex>;
  /** Called with every piece of what the engine answers. */
  onAnswer: (bytes: Buffer) => void;
}

/** Listens until it is closed, which ends all connections. */
export class LocalSocket {
  readonly #options: LocalSocketOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: LocalSocketOptions) {
    this.#options = options;
    // Half-open: `docker run -i` ends its input and goes on reading.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => void this.#serve(socket));
    this.#server = server;
  }

  /** @throws the system's error when it cannot listen */
  async listen(): Promise<void> {
    const { path } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
    // Its folder shuts others out already.
    chmodSync(path, 0o600);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(local: Socket): Promise<void> {
    this.#sockets.add(local);
    local.on('error', () => {});
    local.once('close', () => this.#sockets.delete(local));
    // Clients speak first. Who says nothing, such as a belt that looks whether anybody listens, takes no stream.
    const first = await firstBytes(local);
    if (first === undefined) return void local.destroy();
    try {
      const remote = await this.#options.open();
      remote.on('error', () => {});
      if (local.destroyed) drop(remote);
      else this.#relay(local, remote, first);
    } catch (error) {
      answerUnavailable(local, messageOf(error));
    }
  }

  #relay(local: Socket, remote: Duplex, first: Buffer): void {
    remote.on('data', this.#options.onAnswer);
    remote.write(first);
    local.pipe(remote);
    remote.pipe(local);
    // Not destroyed: what was read is still to be written.
    remote.once('close', () => local.destroySoon());
    local.once('close', () => drop(remote));
  }
}

/** Closes a stream that nobody reads any more: over SSH it counts as closed only when what came was read. */
export function drop(stream: Duplex & { stderr?: Readable }): void {
  stream.destroy();
  stream.resume();
  stream.stderr?.resume();
}

/** Undefined when it ends without a word. It is paused after. */
function firstBytes(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      resolve(bytes);
    });
    socket.once('end', () => resolve(undefined));
    socket.once('close', () => resolve(undefined));
    socket.resume();
  });
}

/** What a Docker client prints as the daemon's own error, where a connection that is just closed would say nothing. */
function answerUnavailable(local: Socket, message: string): void {
  const body = `${JSON.stringify({ message })}\n`;
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  local.resume();
  local.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => local.destroySoon());
}
