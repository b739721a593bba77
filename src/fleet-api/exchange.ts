// One request of a client, and the ways to answer it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../errors.ts';
import { type Body, type Kind, readBody } from './body.ts';
import { bytesOf } from './content.ts';
import { jsonText } from './json.ts';
import type { ApiNode } from './node.ts';
import { Refusal } from './refusal.ts';
import { type Route, route } from './routes.ts';
import { withoutVersion } from './version.ts';

export interface Asked {
  request: IncomingMessage;
  method: string;
  /** Without a version and a query. */
  path: string;
  query: URLSearchParams;
  /** The client's API version, where it names one. */
  version: string | undefined;
  route: Route;
}

/** A request that is answered by HTTP. */
export interface Exchange extends Asked {
  response: ServerResponse;
}

/** Where a request goes on to. */
export interface Target {
  node: ApiNode;
  /** With its query, without a version. */
  path: string;
}

export function askedOf(request: IncomingMessage): Asked {
  const { method = 'GET', url = '/' } = request;
  const [whole = '/', query = ''] = url.split(/\?(.*)/s);
  const { version, path } = withoutVersion(whole);
  return { request, method, path, query: new URLSearchParams(query), version, route: route(method, path) };
}

export const pathWith = (path: string, query: URLSearchParams): string => (query.size > 0 ? `${path}?${query}` : path);

const MOST_BODY = 16 << 20;

/** The request's body as JSON. @throws Refusal with status 400 for what an engine would refuse */
export async function bodyOf<K extends Kind>({ request }: Pick<Asked, 'request'>, kind: K): Promise<Body<K>> {
  const type = request.headers['content-type'];
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(400, `Content-Type specified (${type}) must be 'application/json'`);
  }
  return readBody(kind, await textOf(request));
}

async function textOf(request: IncomingMessage): Promise<string> {
  try {
    return (await bytesOf(request, MOST_BODY)).toString('utf8');
  } catch (error) {
    throw new Refusal(400, `the request's body cannot be read: ${messageOf(error)}`);
  }
}

export function sendJson(
  { response, method }: Pick<Exchange, 'response' | 'method'>,
  status: number,
  body: unknown,
): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const text = `${jsonText(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(method === 'HEAD' ? undefined : text);
}

/** The error for a client: an engine's words are its own. */
export function told(error: unknown): { status: number; message: string } {
  return { status: error instanceof Refusal ? error.status : 500, message: messageOf(error) };
}

/** Headers that are about one connection, and not about what it carries. */
const OF_CONNECTION = ['connection', 'keep-alive', 'host', 'expect', 'upgrade', 'proxy-connection', 'te', 'trailer'];

function passedOn(headers: NodeJS.Dict<string[]>): Record<string, string[] | string> {
  const others = Object.entries(headers).filter(([name]) => !OF_CONNECTION.includes(name));
  return Object.fromEntries(others.map(([name, values = []]) => [name, values.length === 1 ? values[0]! : values]));
}

export interface RelayOptions {
  /** What the engine gets instead of the request's own body. */
  body?: unknown;
}

/**
 * Passes the request on to the target, and its answer back as it comes. Gives the status once it is there.
 * @throws Refusal before there is an answer
 */
export async function relay(exchange: Exchange, { node, path }: Target, { body }: RelayOptions = {}): Promise<number> {
  const { request, response, method, version } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // It may have gone while its target was looked for.
  if (response.destroyed) gone.abort();
  const json = body === undefined ? undefined : Buffer.from(jsonText(body));
  const headers = {
    ...passedOn(request.headersDistinct),
    ...(json && { 'content-length': String(json.length), 'content-type': 'application/json' }),
  };
  const answer = await node.send({ method, path, version, headers, signal: gone.signal }, (upstream) => {
    if (json) upstream.end(json);
    else request.pipe(upstream);
  });
  const status = answer.statusCode ?? 500;
  response.writeHead(status, passedOn(answer.headersDistinct));
  // `docker run` starts its container once the headers of `wait` are there.
  response.flushHeaders();
  answer.pipe(response);
  answer.on('error', () => response.destroy());
  answer.on('close', () => {
    if (!answer.complete) response.destroy();
  });
  response.once('close', () => {
    if (!answer.complete) answer.destroy();
  });
  return status;
}
