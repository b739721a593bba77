// A request with a long body into one engine, over a channel of the SSH connection.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline, Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { doorOf } from './door.ts';
import { EngineError } from './error.ts';
import { type Patience, Stall } from './stall.ts';
import { socketLike } from './transport.ts';

/** Of what it says, the end counts. */
const MOST_TEXT = 256 * 1024;

export interface UploadRequest {
  method: 'POST' | 'PUT';
  /** With its query. */
  path: string;
}

export interface UploadOptions {
  signal: AbortSignal;
  /** Told of each piece that is on its way, in bytes. */
  onBytes?(count: number): void;
  /** An engine that takes nothing and says nothing for so long is given up. */
  patience?: Patience;
}

export interface UploadAnswer {
  status: number;
  text: string;
}

/**
 * Sends a tar as the body and gives the engine's answer, whatever its status.
 * @throws EngineError when the engine ends the transfer; SshError when the connection is lost; what reading the source throws
 */
export async function upload(
  connection: Connection,
  request: UploadRequest,
  source: AsyncIterable<Uint8Array>,
  { signal, onBytes = () => {}, patience }: UploadOptions,
): Promise<UploadAnswer> {
  const { name } = connection.host;
  const channel = await doorOf(connection).open({ signal });
  const stall = new Stall(patience, () => channel.destroy());
  let sourceError: unknown;
  const pieces = async function* () {
    try {
      for await (const piece of source) {
        stall.begin();
        yield piece;
        stall.end();
        onBytes(piece.length);
      }
      // From here on it is the engine's turn to say something.
      stall.begin();
    } catch (error) {
      sourceError = error;
      throw error;
    }
  };
  try {
    return await send(channel, request, pieces(), signal);
  } catch (error) {
    signal.throwIfAborted();
    if (sourceError !== undefined) throw sourceError;
    if (stall.isOver) {
      const seconds = (patience?.ms ?? 0) / 1000;
      throw new EngineError(name, 0, `its Docker engine takes nothing any more (${seconds} s)`, { isLate: true });
    }
    if (connection.lost) throw connection.lostError();
    throw new EngineError(name, 0, `its Docker engine ended the transfer: ${messageOf(error)}`);
  } finally {
    stall.end();
    channel.destroy();
  }
}

function send(
  channel: Duplex,
  { method, path }: UploadRequest,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<UploadAnswer> {
  channel.on('error', () => {});
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socketLike(channel),
      method,
      path,
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
