// New SSH keys, and OpenSSH's own format of a private key.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export interface KeyPair {
  /** In OpenSSH's own format, with a newline at its end. */
  privateKey: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  publicKey: string;
}

/** A new ed25519 key. Not ssh2's: of the keys that it makes, those with a leading zero lack it, and no sshd can read them. */
export function newKeyPair(comment = ''): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { publicPart } = parts(privateKey);
  return {
    privateKey: inOpenSshFormat(privateKey, comment),
    publicKey: `${TYPE} ${publicPart.toString('base64')}`,
  };
}

/** An ed25519 key in OpenSSH's own format (its PROTOCOL.key), not encrypted. */
export function inOpenSshFormat(key: KeyObject, comment = ''): string {
  const { publicPart, secret } = parts(key);
  // Twice the same number: how a reader sees that it decrypted rightly.
  const check = randomBytes(4);
  const clear = Buffer.concat([check, check, publicPart, field(secret), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (8 - (clear.length % 8)) % 8 }, (_, n) => n + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicPart),
    field(Buffer.concat([clear, padding])),
  ]);
  const lines = body.toString('base64').match(/.{1,70}/g)!;
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

const TYPE = 'ssh-ed25519';

/** What both halves of the format are made of. A JWK keeps leading zeros. */
function parts(key: KeyObject): { publicPart: Buffer; secret: Buffer } {
  const { x = '', d = '' } = key.export({ format: 'jwk' });
  const [publicBytes, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  return {
    publicPart: Buffer.concat([field(TYPE), field(publicBytes)]),
    secret: Buffer.concat([seed, publicBytes]),
  };
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
