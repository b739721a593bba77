// Public keys and their fingerprints, as DigitalOcean (MD5) and OpenSSH (SHA256) write them.
import { createHash } from 'node:crypto';

/** The key's wire bytes from a line in OpenSSH's format; undefined when the line is not one (RFC 4716, RFC 4253 §6.6). */
export function keyBytes(line: string): Buffer | undefined {
  const [type, base64] = line.trim().split(/\s+/, 3);
  if (!type || !base64) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return keyType(bytes) === type ? bytes : undefined;
}

/** The type that a key's wire bytes begin with: `ssh-ed25519` …; empty when they are cut short. */
export function keyType(bytes: Buffer): string {
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : Number.POSITIVE_INFINITY;
  return length <= bytes.length - 4 ? bytes.toString('latin1', 4, 4 + length) : '';
}

/** `type base64`, the line by which known_hosts and authorized_keys hold a key. */
export const keyLine = (bytes: Buffer): string => `${keyType(bytes)} ${bytes.toString('base64')}`;

/** `aa:bb:…`. */
export const md5Fingerprint = (bytes: Buffer): string =>
  createHash('md5').update(bytes).digest('hex').match(/../g)!.join(':');

/** `SHA256:…` without padding, as ssh-keygen -l prints it. */
export const sha256Fingerprint = (bytes: Buffer): string =>
  `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
