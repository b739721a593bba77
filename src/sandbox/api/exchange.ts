// Receives a request and sends its answer.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, Refusal } from '../account/refusals.ts';
import type { Answer, FullAnswer } from './call.ts';

export interface Received {
  method: string;
  /** Without the query and a trailing slash. */
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  text: string;
}

const MOST_BYTES = 2 * 1024 * 1024;

/** Reads the whole request; undefined when the client went away or sent too much. */
export async function receive(request: IncomingMessage): Promise<Received | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const url = new URL(request.url ?? '/', 'http://sandbox');
  return {
    method: request.method ?? 'GET',
    path: url.pathname.replace(/(?<=.)\/+$/, ''),
    query: url.searchParams,
    authorization: request.headers.authorization,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/** The body as JSON; undefined when there is none. */
export function jsonOf({ text }: Received): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('error parsing request body');
  }
}

/** The answer that says what went wrong. */
export function answerOf(error: unknown): FullAnswer {
  const refusal = error instanceof Refusal ? error : new Refusal(500, 'server_error', 'Unexpected server-side error');
  const body = { id: refusal.id, message: refusal.message, request_id: randomUUID() };
  return { status: refusal.status, body, headers: refusal.headers };
}

/** Sends the answer; nothing happens when the client has gone. */
export function send(response: ServerResponse, answer: Answer, headers: Record<string, string>): void {
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...headers,
    'x-request-id': randomUUID(),
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(answer.status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
  });
  response.end(text);
}
