// Stands between belt and a sandbox's API: shows each request to the test, which may hold it at the moment it wants.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnyWorld } from './world.ts';

export interface Passing {
  method: string;
  /** With its query. */
  path: string;
  body: string;
}

export interface GateHooks {
  /** Before the API gets the request; it gets it when this resolves. */
  before?: (request: Passing) => Promise<void> | void;
  /** After the API answered; belt hears of it when this resolves. */
  after?: (request: Passing) => Promise<void> | void;
  /** What belt hears in place of the API's answer; undefined leaves it as it is. */
  answer?: (request: Passing) => object | undefined;
  /** Changes what the API answered, in place, before belt hears of it. */
  change?: (request: Passing, said: object) => void;
}

export interface Gate {
  /** Points belt here. */
  env: { DIGITALOCEAN_API_URL: string };
  /** Every request so far. */
  seen: Passing[];
  close(): void;
}

export async function gate(world: AnyWorld<never>, hooks: GateHooks = {}): Promise<Gate> {
  const seen: Passing[] = [];
  const server = createServer((request, response) => {
    pass(world, request, response, hooks, seen).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: { DIGITALOCEAN_API_URL: `http://127.0.0.1:${port}` },
    seen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export const isPost = ({ method, path }: Passing): boolean => method === 'POST' && path === '/v2/droplets';

async function pass(
  world: AnyWorld<never>,
  request: IncomingMessage,
  response: ServerResponse,
  hooks: GateHooks,
  seen: Passing[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const passing = { method: request.method ?? '', path: request.url ?? '', body };
  seen.push(passing);
  await hooks.before?.(passing);
  const answer = await fetch(`${world.env['DIGITALOCEAN_API_URL']}${passing.path}`, {
    method: passing.method,
    headers: { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' },
    ...(body !== '' && { body }),
  });
  const said = await answer.text();
  await hooks.after?.(passing);
  const other = hooks.answer?.(passing);
  const text = other === undefined ? changed(said, passing, hooks) : JSON.stringify(other);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(text);
}

function changed(said: string, request: Passing, { change }: GateHooks): string {
  if (!change || said === '') return said;
  const answer: object = JSON.parse(said);
  change(request, answer);
  return JSON.stringify(answer);
}
