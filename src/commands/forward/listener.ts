// A port here, each of whose connections leads to a task.
import { createServer, type Server, type Socket } from 'node:net';
import type { Context } from '../../context.ts';
import { drop } from '../../endpoint/local-socket.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Route } from '../../tasks/route.ts';
import type { Port } from './ports.ts';

const HOST = '127.0.0.1';

export class Listener {
  readonly #context: Context;
  readonly #route: Route;
  readonly #port: Port;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(context: Context, route: Route, port: Port) {
    this.#context = context;
    this.#route = route;
    this.#port = port;
    // Half-open: a client may end its request and read on.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
      void this.#serve(socket);
    });
  }

  /** The port of the task. */
  get port(): number {
    return this.#port.remote;
  }

  /** Where it listens. */
  get address(): string {
    const bound = this.#server.address();
    return `${HOST}:${typeof bound === 'object' ? bound?.port : this.#port.local}`;
  }

  /** @throws BeltError when the port is taken, or may not be had */
  async listen(): Promise<void> {
    const { local, remote } = this.#port;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(local, HOST, resolve);
    }).catch(({ code, message }: NodeJS.ErrnoException) => {
      const words: Record<string, string> = { EADDRINUSE: 'it is in use', EACCES: 'permission denied' };
      throw new BeltError(`cannot listen on ${HOST}:${local}: ${words[code ?? ''] ?? message}`, {
        hint: `another port here: ${local + 8000 > 65_535 ? 0 : local + 8000}:${remote}, or a free one: 0:${remote}`,
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(local: Socket): Promise<void> {
    const { out, signal } = this.#context;
    this.#sockets.add(local);
    local.on('error', () => {});
    local.once('close', () => this.#sockets.delete(local));
    try {
      const { stream, release } = await this.#route.open(this.#port.remote);
      stream.on('error', () => {});
      stream.once('close', () => {
        release();
        local.destroySoon();
      });
      if (local.destroyed) return drop(stream as never);
      local.once('close', () => drop(stream as never));
      stream.stderr.resume();
      local.pipe(stream);
      stream.pipe(local);
    } catch (error) {
      local.destroy();
      if (!signal.aborted) out.warn(messageOf(error));
    }
  }
}
