// One request to a Docker Engine, over a channel of the SSH connection. dockerode builds the requests, this sends them: its own
// transport reads the DOCKER_ variables of belt's environment, waits forever, and ignores truncated answers.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { doorOf } from './door.ts';
import { EngineError, silentEngine } from './error.ts';
import { registryAuth } from './registry-auth.ts';

/** No answer that belt requests is longer. */
const MOST_BYTES = 32 * 1024 * 1024;

/** A request as dockerode's methods give it to their transport. */
interface Dialled {
  path: string;
  method: string;
  /** The query where the path ends in `?`, the body of a POST, or both (`_query`, `_body`). */
  options?: Record<string, unknown>;
  statusCodes: Readonly<Record<string, unknown>>;
  raw?: boolean;
  /** For a registry. */
  authconfig?: object;
}

type Done = (error: unknown, answer?: unknown) => void;

/** dockerode's transport to one engine; its requests end with the signal. */
export const transport = (connection: Connection, signal: AbortSignal): Docker['modem'] => {
  const dial = (dialled: Dialled, done: Done) => {
    send(connection, dialled, signal).then(
      (answer) => done(undefined, answer),
      (error) => done(error),
    );
  };
  return { dial } as Docker['modem'];
};

async function send(connection: Connection, dialled: Dialled, signal: AbortSignal): Promise<unknown> {
  const channel = await doorOf(connection).open({ signal });
  try {
    const { status, body } = await exchange(channel, dialled, signal);
    const isSuccess = dialled.statusCodes[status] === true;
    if (isSuccess && dialled.raw === true) return body;
    const text = body.toString('utf8');
    const json = parsed(text);
    if (isSuccess) return json === undefined ? text : json;
    const { message } = (json ?? {}) as { message?: unknown };
    throw new EngineError(
      connection.host.name,
      status,
      typeof message === 'string' ? message : `its Docker engine answered ${status}`,
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) throw error;
    if (connection.lost) throw connection.lostError();
    throw silent(connection, messageOf(error));
  } finally {
    channel.destroy();
  }
}

const silent = ({ host }: Connection, why: string): EngineError => silentEngine(host.name, `: ${why}`);

function exchange(channel: Duplex, dialled: Dialled, signal: AbortSignal): Promise<{ status: number; body: Buffer }> {
  const { path, body } = addressed(dialled);
  channel.on('error', () => {});
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socketLike(channel),
      method: dialled.method,
      path,
      headers: {
        Host: 'docker',
        ...(dialled.authconfig && { 'X-Registry-Auth': registryAuth(dialled.authconfig) }),
        ...(body !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
      },
    });
    const abort = () => request.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const fail = (error: unknown) => {
      signal.removeEventListener('abort', abort);
      request.destroy();
      reject(error);
    };
    // Counted on the channel: headers and chunk sizes can be endless as well.
    let bytes = 0;
    channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) fail(new Error(`its response is longer than ${MOST_BYTES >> 20} MB`));
    });
    request.on('error', fail);
    request.on('upgrade', () => fail(new Error('its response is not HTTP')));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('close', () => {
        signal.removeEventListener('abort', abort);
        if (!response.complete) return fail(new Error('its response was cut off'));
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
      });
    });
    request.end(body);
  });
}

/** The path with its query, and the body, as dockerode means them. */
function addressed({ path, method, options = {} }: Dialled): { path: string; body: string | undefined } {
  const takesQuery = path.endsWith('?');
  const given = (options['_query'] ?? options) as Record<string, unknown>;
  const query = new URLSearchParams(
    Object.entries(takesQuery ? given : {}).map(([key, value]): [string, string] => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
  const body = (options['_body'] ?? options) as object;
  const hasBody = method === 'POST' && Object.keys(body).length > 0 && (!takesQuery || '_body' in options);
  return {
    path: query.size > 0 ? `${path}${query}` : path.replace(/\?$/, ''),
    body: hasBody ? JSON.stringify(body) : undefined,
  };
}

/** The answer as JSON; undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** http expects a socket's methods; a channel has nothing to do for them. */
export function socketLike(channel: Duplex): Duplex {
  const nothing = () => channel;
  return Object.assign(channel, {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
  });
}
