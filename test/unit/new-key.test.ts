import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inOpenSshFormat, newKeyPair } from '../../src/new-key.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The public line that OpenSSH reads in a private key. */
function asOpenSshReads(privateKey: string): string {
  const path = join(folder, 'key');
  writeFileSync(path, privateKey, { mode: 0o600 });
  return execFileSync('ssh-keygen', ['-y', '-f', path], { encoding: 'utf8' });
}

/** The first of many keys of which this half begins with a zero. */
function withLeadingZero(half: 'x' | 'd'): KeyObject {
  for (;;) {
    const { privateKey } = generateKeyPairSync('ed25519');
    if (Buffer.from(privateKey.export({ format: 'jwk' })[half]!, 'base64url')[0] === 0) return privateKey;
  }
}

describe('a new key', () => {
  it('is one that OpenSSH and ssh2 read', () => {
    const { privateKey, publicKey } = newKeyPair('deploy@laptop');
    expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68}$/);
    expect(asOpenSshReads(privateKey)).toBe(`${publicKey} deploy@laptop\n`);
    const parsed = ssh2.utils.parseKey(privateKey) as ssh2.ParsedKey;
    expect(`${parsed.type} ${parsed.getPublicSSH().toString('base64')}`).toBe(publicKey);
    expect(parsed.comment).toBe('deploy@laptop');
  });

  it('is not the one before', () => {
    expect(newKeyPair().publicKey).not.toBe(newKeyPair().publicKey);
  });

  it.each(['x', 'd'] as const)('keeps the zero that its half %s begins with', (half) => {
    const key = withLeadingZero(half);
    const line = `ssh-ed25519 ${Buffer.concat([
      Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
      Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'),
    ]).toString('base64')}`;
    const text = inOpenSshFormat(key, 'x');
    expect(asOpenSshReads(text)).toBe(`${line} x\n`);
    expect((ssh2.utils.parseKey(text) as ssh2.ParsedKey).getPublicSSH().toString('base64')).toBe(line.split(' ')[1]);
  });
});
