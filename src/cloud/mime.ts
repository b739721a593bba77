// Several parts of user data as one: the MIME multi-part archive that cloud-init reads whole.
import { createHash } from 'node:crypto';

export interface Part {
  /** cloud-init's name for it; undefined for a message with its own headers, such as a nested archive. */
  type: string | undefined;
  content: string | Buffer;
}

/** The parts as an archive, in their order. */
export function multipart(parts: readonly Part[]): string {
  const bodies = parts.map((part) => `${partHead(part)}${bodyOf(part)}\n`);
  const boundary = boundaryFor(bodies);
  const head = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n`;
  return `${head}${bodies.map((body) => `--${boundary}\n${body}`).join('\n')}\n--${boundary}--\n`;
}

function partHead(part: Part): string {
  if (part.type === undefined) return '';
  return [
    `Content-Type: ${part.type}${typeof part.content === 'string' ? '; charset="utf-8"' : ''}`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${isBinary(part) ? 'base64' : '8bit'}`,
    '\n',
  ].join('\n');
}

const bodyOf = (part: Part): string => (isBinary(part) ? base64(part.content) : String(part.content).trimEnd());

/** Python's email, with which cloud-init reads, makes Latin-1 of what is not ASCII in an 8bit part. */
const isBinary = ({ type, content }: Part): boolean =>
  typeof content !== 'string' || (type !== undefined && /[^\x00-\x7f]/.test(content));

const base64 = (content: string | Buffer): string =>
  (
    Buffer.from(content as string)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');

/** A line that occurs in none of the bodies; deterministic for the same bodies. */
function boundaryFor(bodies: readonly string[]): string {
  for (let text = bodies.join('\n'); ; ) {
    const boundary = `==belt-${createHash('sha256').update(text).digest('hex').slice(0, 24)}==`;
    if (!bodies.some((body) => body.includes(boundary))) return boundary;
    text = boundary;
  }
}
