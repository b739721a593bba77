// The SSH keys of an account.
import { createHash } from 'node:crypto';
import { Collection } from './collection.ts';

export interface AccountKey {
  readonly id: number;
  name: string;
  readonly publicKey: string;
  /** MD5, as DigitalOcean shows it: aa:bb:… */
  readonly fingerprint: string;
  readonly addedAt: number;
}

/** The key id in the book's `.belt.yaml`; later keys continue from it. */
export const BOOK_KEY_ID = 816_630;

export class AccountKeys extends Collection<AccountKey> {
  /** By id or fingerprint. */
  find(identifier: string | number): AccountKey | undefined {
    const text = String(identifier);
    return this.get(Number(text)) ?? this.list().find(({ fingerprint }) => fingerprint === text);
  }

  make(key: Omit<AccountKey, 'id'>): AccountKey {
    return this.add({ ...key, id: BOOK_KEY_ID + this.added });
  }
}

const KEY_TYPES =
  /^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** The MD5 fingerprint of a public key in OpenSSH's one-line format; undefined when it is none. */
export function keyFingerprint(publicKey: string): string | undefined {
  const [type = '', encoded = ''] = publicKey.trim().split(/\s+/);
  if (!KEY_TYPES.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, 'base64');
  // The blob begins with the length and the text of its type; something has to follow.
  if (blob.length < 4 + type.length + 4 || blob.toString('latin1', 4, 4 + blob.readUInt32BE(0)) !== type) {
    return undefined;
  }
  const digest = createHash('md5').update(blob).digest('hex');
  return digest.match(/../g)?.join(':');
}
