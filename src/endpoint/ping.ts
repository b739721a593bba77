// Whether an engine answers, before anything is started that needs it.
import http from 'node:http';
import type { Clock } from '../clock.ts';
import type { EngineDoor } from '../engine/door.ts';
import { silentEngine } from '../engine/error.ts';
import { socketLike } from '../engine/transport.ts';
import { messageOf } from '../errors.ts';
import { limited } from '../wait.ts';

const ANSWER_MS = 15_000;

/** @throws EngineError when it cannot be reached, or does not answer in time */
export async function ping(
  door: EngineDoor,
  { clock, signal, timeoutMs = ANSWER_MS }: { clock: Clock; signal: AbortSignal; timeoutMs?: number },
): Promise<void> {
  const { name } = door.connection.host;
  const silent = (why: string) => silentEngine(name, why);
  await limited(
    async (own) => {
      const stream = await door.open({ signal: own });
      try {
        await headers(socketLike(stream), own);
      } catch (error) {
        own.throwIfAborted();
        if (door.connection.lost) throw door.connection.lostError();
        throw silent(`: ${messageOf(error)}`);
      } finally {
        stream.destroy();
      }
    },
    { clock, signal, timeoutMs, late: () => silent(` (${Math.round(timeoutMs / 100) / 10} s)`) },
  );
}

function headers(stream: ReturnType<typeof socketLike>, signal: AbortSignal): Promise<void> {
  stream.on('error', () => {});
  return new Promise((resolve, reject) => {
    const request = http.request({
      createConnection: () => stream,
      path: '/_ping',
      headers: { Host: 'docker' },
      signal,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve();
    });
    request.end();
  });
}
