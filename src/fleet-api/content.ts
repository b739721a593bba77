// What an engine's answer, or a client's request, has in it.
import type { IncomingMessage } from 'node:http';
import { parseJson } from './json.ts';

/** No list is longer. */
const MOST_BYTES = 64 << 20;

/** The body as JSON, or as text where it is none. @throws when it is cut off, or too long */
export async function content(message: IncomingMessage): Promise<unknown> {
  const text = (await bytesOf(message, MOST_BYTES)).toString('utf8');
  try {
    return text === '' ? undefined : parseJson(text);
  } catch {
    return text;
  }
}

/** @throws when it is cut off, or longer than `most` bytes */
export async function bytesOf(message: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > most) throw new Error(`it is longer than ${most >> 20} MB`);
  }
  if (!message.complete) throw new Error('it was cut off');
  return Buffer.concat(chunks);
}
