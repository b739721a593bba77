// An answer of an engine that goes on as long as there is something to say, such as a log.
import http, { type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { limited } from '../wait.ts';
import { doorOf } from './door.ts';
import { EngineError, messageIn, silentEngine } from './error.ts';
import { socketLike } from './transport.ts';

/** For the answer to begin. */
const BEGIN_MS = 15_000;
/** No refusal is longer. */
const LONGEST_REFUSAL = 64 * 1024;

export interface StreamOptions {
  clock: Clock;
  signal: AbortSignal;
  method?: 'GET' | 'HEAD';
}

/**
 * Begins a request and gives what comes, at the pace at which it is read; an answer that is cut off fails.
 * @throws EngineError where the engine refuses, or does not begin to answer within 15 s
 */
export async function openStream(
  connection: Connection,
  path: string,
  { clock, signal, method = 'GET' }: StreamOptions,
): Promise<IncomingMessage> {
  const { name } = connection.host;
  const late = () => silentEngine(name, ' (15 s)', { isLate: true });
  return limited(
    async (own) => {
      const channel = await doorOf(connection).open({ signal: own });
      // Before it begins the time limit ends it, later the reader's signal.
      const stop = () => channel.destroy();
      for (const ends of [own, signal]) ends.addEventListener('abort', stop, { once: true });
      try {
        const response = await begin(channel, method, path);
        own.removeEventListener('abort', stop);
        response.once('close', () => {
          signal.removeEventListener('abort', stop);
          channel.destroy();
        });
        if (response.statusCode === 200) return response;
        throw await refused(name, response);
      } catch (error) {
        signal.removeEventListener('abort', stop);
        channel.destroy();
        if (error instanceof EngineError) throw error;
        if (connection.lost) throw connection.lostError();
        throw silentEngine(name, `: ${messageOf(error)}`);
      }
    },
    { clock, signal, timeoutMs: BEGIN_MS, late },
  );
}

function begin(channel: Duplex, method: string, path: string): Promise<IncomingMessage> {
  channel.on('error', () => {});
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => socketLike(channel),
      method,
      path,
      headers: { Host: 'docker' },
    });
    request.on('error', reject);
    request.on('upgrade', () => reject(new Error('its response is not HTTP')));
    request.on('response', resolve);
    request.end();
  });
}

async function refused(name: string, response: IncomingMessage): Promise<EngineError> {
  const status = response.statusCode ?? 0;
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > LONGEST_REFUSAL) break;
  }
  return new EngineError(name, status, messageIn(text) ?? `its Docker engine answered ${status}`);
}
