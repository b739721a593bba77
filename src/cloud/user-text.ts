// A file of the user's as text, as cloud-init reads it.
import { gunzipSync } from 'node:zlib';

/** Throws a UsageError that names the file, and the line where there is one (0 for none). */
export type Fault = (reason: string, hint?: string, line?: number) => never;

/** A hint for a file that is none of these. */
export const EXPECTED = `cloud-init recognizes a file by its first line: #cloud-config, #!/bin/sh (or another interpreter), #cloud-boothook, #include, \
#part-handler, #cloud-config-archive, #cloud-config-jsonp, ## template: jinja, or the headers of a MIME archive`;

/** The most that is unpacked, in bytes. */
export const MOST_UNPACKED = 16 * 1024 * 1024;

/** By the first two bytes. */
export const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** @throws what `fault` throws if it is not gzip, or too large */
export function unpacked(bytes: Buffer, fault: Fault): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_UNPACKED });
  } catch {
    return fault('it is gzip, but cannot be unpacked');
  }
}

/** The text with Unix line ends and without leading blank lines; `skipped` is their number. */
export function textIn(bytes: Buffer, fault: Fault): { text: string; skipped: number } {
  const plain = 'save it as UTF-8 without a byte order mark';
  const mark = bytes.subarray(0, 3).toString('hex');
  if (mark.startsWith('fffe') || mark.startsWith('feff')) fault('it is UTF-16, which cloud-init cannot read', plain);
  if (mark === 'efbbbf') fault('it begins with a byte order mark, which makes cloud-init ignore it', plain, 1);
  if (bytes.includes(0)) fault('it contains a NUL byte: it is binary or UTF-16', plain);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll('\r\n', '\n');
  } catch {
    return fault('it is not UTF-8, which cloud-init expects', plain);
  }
  const start = text.length - text.trimStart().length;
  if (start === text.length) fault('it is empty', EXPECTED);
  return { text: text.slice(start), skipped: text.slice(0, start).split('\n').length - 1 };
}
