// `POST /images/load`: an image as a stream into one engine, over a channel of the SSH connection.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline, Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { doorOf } from './door.ts';
import { EngineError } from './error.ts';
import { socketLike } from './transport.ts';

/** Of what it says, the end counts. */
const MOST_TEXT = 256 * 1024;

export interface LoadOptions {
  signal: AbortSignal;
  /** Told of each piece that is on its way, in bytes. */
  onBytes(count: number): void;
}

/**
 * Loads what `docker save` wrote, also gzipped. Gives what the engine says, such as `Loaded image: app:1`.
 * @throws EngineError when it refuses; SshError when the connection is lost; what reading the source throws
 */
export async function loadImage(
  connection: Connection,
  source: AsyncIterable<Buffer>,
  { signal, onBytes }: LoadOptions,
): Promise<string> {
  const channel = await doorOf(connection).open({ signal });
  let sourceError: unknown;
  const counted = async function* () {
    try {
      for await (const piece of source) {
        yield piece;
        onBytes(piece.length);
      }
    } catch (error) {
      sourceError = error;
      throw error;
    }
  };
  try {
    const { status, text } = await post(channel, counted(), signal);
    return outcome(connection, status, text);
  } catch (error) {
    signal.throwIfAborted();
    if (sourceError !== undefined) throw sourceError;
    if (error instanceof EngineError) throw error;
    if (connection.lost) throw connection.lostError();
    throw new EngineError(connection.host.name, 0, `its Docker engine ended the transfer: ${messageOf(error)}`);
  } finally {
    channel.destroy();
  }
}

function post(
  channel: Duplex,
  source: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  channel.on('error', () => {});
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socketLike(channel),
      method: 'POST',
      path: '/images/load?quiet=1',
      headers: { Host: 'docker', 'Content-Type': 'application/x-tar', 'Transfer-Encoding': 'chunked' },
      signal,
    });
    // A connection that is cut without a word leaves the channel closed and the request waiting.
    channel.once('close', () => request.destroy(new Error('the stream was closed')));
    request.on('error', reject);
    request.on('upgrade', () => reject(new Error('its response is not HTTP')));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text = `${text}${piece}`.slice(-MOST_TEXT);
      });
      response.on('error', reject);
      response.on('close', () => {
        if (response.complete) resolve({ status: response.statusCode ?? 0, text });
        else reject(new Error('its response was cut off'));
      });
    });
    pipeline(Readable.from(source, { objectMode: false }), request, (error) => {
      if (error) request.destroy(error);
    });
  });
}

/** One JSON object a line; an error may come after a good status. */
function outcome(connection: Connection, status: number, text: string): string {
  const said: string[] = [];
  for (const line of text.split('\n')) {
    const { stream, error, message } = parsed(line);
    const refusal = error ?? (status >= 400 ? message : undefined);
    if (typeof refusal === 'string') throw new EngineError(connection.host.name, status, refusal.trim());
    if (typeof stream === 'string') said.push(stream.trim());
  }
  if (status === 200) return said.join('\n');
  throw new EngineError(connection.host.name, status, `its Docker engine answered ${status}`);
}

function parsed(line: string): { stream?: unknown; error?: unknown; message?: unknown } {
  try {
    return (JSON.parse(line) as object | null) ?? {};
  } catch {
    return {};
  }
}
