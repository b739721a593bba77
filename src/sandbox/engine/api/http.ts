// The Engine API over HTTP on any byte stream: an SSH channel replaces the unix socket's connection.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Engine } from '../model/engine.ts';
import { Reply } from './reply.ts';
import { answer } from './router.ts';
import { pingHeaders } from './system.ts';

interface Served {
  engine: Engine;
  asked: ((path: string) => void) | undefined;
}

/** One server for all engines of a sandbox. */
export class EngineHttp {
  readonly #server: Server;
  readonly #served = new WeakMap<object, Served>();

  constructor() {
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#server.headersTimeout = 0;
    // A request whose sender says no more is answered all the same, as Docker's own does.
    Object.assign(this.#server, { httpAllowHalfOpen: true });
  }

  /** Serves an engine's API on a connection; `asked` is called with the path of each request before it is answered. */
  serve(engine: Engine, connection: Duplex, asked?: (path: string) => void): void {
    this.#served.set(connection, { engine, asked });
    this.#server.emit('connection', asSocket(connection));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { engine, asked } = this.#served.get(request.socket) ?? {};
    if (engine === undefined || !engine.up) {
      request.socket.destroy();
      return;
    }
    await engine.frozen;
    const url = new URL(request.url ?? '/', 'http://docker');
    asked?.(url.pathname);
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    if (body instanceof Error) {
      send(response, engine, 400, { message: `invalid JSON: ${body.message}` });
      return;
    }
    const { status, body: content } = await answer(engine, {
      method,
      path: url.pathname,
      query: url.searchParams,
      body,
      registryAuth: request.headers['x-registry-auth']?.toString(),
    });
    if (content instanceof Reply) await sendPieces(response, engine, content);
    else send(response, engine, status, content);
  }
}

async function sendPieces(response: ServerResponse, engine: Engine, { headers, pieces }: Reply): Promise<void> {
  response.writeHead(200, { ...pingHeaders(engine), ...headers });
  response.flushHeaders();
  for await (const piece of pieces) response.write(piece);
  response.end();
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  try {
    const bytes = await buffer(request);
    if (request.headers['content-type'] === 'application/x-tar') return bytes;
    const text = bytes.toString();
    return text === '' ? undefined : JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function send(response: ServerResponse, engine: Engine, status: number, content: unknown): void {
  const text = content === undefined ? '' : `${JSON.stringify(content)}\n`;
  response.writeHead(status, {
    ...pingHeaders(engine),
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
  });
  response.end(text);
}

/** Gives a stream the methods of a socket that node:http calls. */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  return Object.assign(stream, {
    setTimeout: nothing,
    setKeepAlive: nothing,
    setNoDelay: nothing,
    ref: nothing,
    unref: nothing,
  });
}
