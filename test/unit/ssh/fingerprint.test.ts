import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyBytes, keyLine, keyType, md5Fingerprint, sha256Fingerprint } from '../../../src/ssh/fingerprint.ts';
import { type KeyFolder, keyFolder } from './keys.ts';
import { aKey, installed } from './with-sshd.ts';

describe.skipIf(!installed('ssh-keygen'))('fingerprints are those of ssh-keygen', () => {
  let keys: KeyFolder;
  beforeAll(() => {
    keys = keyFolder();
  });
  afterAll(() => keys.remove());

  test.each(['ed25519', 'rsa', 'ecdsa'])('%s', (type) => {
    const path = keys.make(type, { type });
    const line = keys.publicKey(path);
    const bytes = keyBytes(line)!;
    expect(`MD5:${md5Fingerprint(bytes)}`).toBe(keys.fingerprint(path, 'md5'));
    expect(sha256Fingerprint(bytes)).toBe(keys.fingerprint(path, 'sha256'));
    expect(`${keyLine(bytes)} ann@laptop`).toBe(line);
  });
});

describe('a public key', () => {
  const { bytes } = aKey();

  test('from a line, with and without a comment, and back', () => {
    expect(keyBytes(keyLine(bytes))).toEqual(bytes);
    expect(keyBytes(`  ${keyLine(bytes)}  ann@laptop of hers\n`)).toEqual(bytes);
    expect(keyType(bytes)).toBe('ssh-ed25519');
  });

  test.each([
    '',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    'ssh-ed25519 !!!',
    `ssh-rsa ${bytes.toString('base64')}`,
    '-----BEGIN OPENSSH PRIVATE KEY-----',
  ])('%s is none', (line) => {
    expect(keyBytes(line)).toBe(undefined);
  });

  test('cut short it has no type', () => {
    expect(keyType(bytes.subarray(0, 10))).toBe('');
    expect(keyType(Buffer.alloc(0))).toBe('');
  });
});
