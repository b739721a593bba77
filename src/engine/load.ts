// `POST /images/load`: an image as a stream into one engine.
import type { Connection } from '../ssh/connection.ts';
import { EngineError } from './error.ts';
import { type UploadAnswer, upload } from './upload.ts';

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
  options: LoadOptions,
): Promise<string> {
  const request = { method: 'POST', path: '/images/load?quiet=1' } as const;
  return outcome(connection, await upload(connection, request, source, options));
}

/** One JSON object a line; an error may come after a good status. */
function outcome(connection: Connection, { status, text }: UploadAnswer): string {
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
