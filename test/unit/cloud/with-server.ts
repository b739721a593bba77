// A server that answers as it is told, one handler a request, and a transport that speaks to it in a time of its own.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { budget } from '../../../src/cloud/budget.ts';
import { type Transport, type TransportOptions, transport } from '../../../src/cloud/transport.ts';
import { FakeClock } from '../fake-clock.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export const TOKEN = 'dop_v1_secret-of-the-tests';

/** Answers with a status and a JSON body. */
export const reply =
  (status: number, body?: unknown, headers: Record<string, string> = {}): Handler =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };

/** Cuts the connection. */
export const reset: Handler = (request) => request.socket.resetAndDestroy();

/** Never answers. */
export const hang: Handler = () => {};

export interface Served {
  send: Transport;
  clock: FakeClock;
  /** `GET /v2/account`, in the order in which they came. */
  requests: string[];
  /** The requests as they came. */
  seen: IncomingMessage[];
  bodies: string[];
  traced: string[];
  waits: string[];
  controller: AbortController;
  url: string;
  connections: () => number;
  close: () => Promise<void>;
}

/** Starts the server. Once the handlers are used up, the last one answers all that comes. */
export async function serve(handlers: Handler[], options: Partial<TransportOptions> = {}): Promise<Served> {
  const requests: string[] = [];
  const seen: IncomingMessage[] = [];
  const bodies: string[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const handler = handlers[Math.min(requests.length, handlers.length - 1)];
    requests.push(`${request.method} ${request.url}`);
    seen.push(request);
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    handler?.(request, response, body);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new FakeClock();
  const controller = new AbortController();
  const [traced, waits]: [string[], string[]] = [[], []];
  const send = transport({
    apiUrl: url,
    token: TOKEN,
    clock,
    budget: budget(clock),
    signal: controller.signal,
    trace: (line) => traced.push(line),
    onWait: (line) => waits.push(line),
    ...options,
  });
  const connected = () => connections;
  const close = () => closeServer(server);
  return { send, clock, requests, seen, bodies, traced, waits, controller, url, connections: connected, close };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
