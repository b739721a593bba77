import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CloudError, Offline } from '../../../src/cloud/errors.ts';
import { ensureKey, namedKeys } from '../../../src/cloud/keys.ts';
import type { AccountKey } from '../../../src/cloud/schemas.ts';
import { UsageError } from '../../../src/errors.ts';
import { aKey, said } from './things.ts';

const ANN = aKey(816630, 'ann', '3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa');
const BOB = aKey(816631, 'bob', 'aa:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fb');

describe('keys that the user named', () => {
  test('by id, by fingerprint, in any case, with MD5: before it; in the order in which they were named', () => {
    const named = (...words: string[]) => namedKeys([ANN, BOB], words).map(({ name }) => name);
    expect(named('816631', '816630')).toEqual(['bob', 'ann']);
    expect(named(ANN.fingerprint)).toEqual(['ann']);
    expect(named(`MD5:${BOB.fingerprint.toUpperCase()}`)).toEqual(['bob']);
    expect(named('bob', 'ann')).toEqual(['bob', 'ann']);
    expect(named()).toEqual([]);
  });

  test('by the SHA256 fingerprint that ssh-keygen -l prints, which is that of the public key', () => {
    const line = `ssh-ed25519 ${'AAAAC3NzaC1lZDI1NTE5AAAAIHc='} carol`;
    const sha256 = createHash('sha256').update(Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIHc=', 'base64')).digest('base64');
    const carol = { ...BOB, public_key: line, name: 'carol' };
    const word = `SHA256:${sha256.replace(/=+$/, '')}`;
    expect(namedKeys([ANN, carol], [word]).map(({ name }) => name)).toEqual(['carol']);
    expect(() => namedKeys([ANN, carol], [word.toUpperCase()])).toThrow(UsageError);
  });

  test.each([
    ['816632', [ANN, BOB], 'the account has no SSH key "816632"\ndid you mean 816630, 816631?'],
    ['carol', [ANN, BOB], 'the account has no SSH key "carol"\nit has 816630 (ann), 816631 (bob)'],
    ['Ann', [ANN, BOB], 'the account has no SSH key "Ann"\nit has 816630 (ann), 816631 (bob)'],
    ['ann', [], 'the account has no SSH key "ann"\nit has none'],
    [
      'ann',
      [ANN, { ...BOB, name: 'ann' }],
      'the account has several SSH keys named "ann"\nuse an id instead: 816630 or 816631',
    ],
  ])('%s, which the account lacks', async (word, keys, text) => {
    const naming = (async () => namedKeys(keys, [word]))();
    await expect(naming).rejects.toBeInstanceOf(UsageError);
    expect(await said(naming)).toBe(text);
  });
});

const LOCAL = {
  publicKey: 'ssh-ed25519 AAAAC3Nz carol@laptop\n',
  fingerprint: 'cc:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fc',
  source: '/home/carol/.ssh/id_ed25519',
};
const CAROL = aKey(816632, 'carol', LOCAL.fingerprint.toUpperCase());
const IN_USE = new CloudError(422, 'unprocessable_entity', 'DigitalOcean: SSH Key is already in use on your account');

/** An account that refuses a key with the error, and then lists these. */
function account(error: Error | undefined, listed: AccountKey[] = []) {
  const asked: string[] = [];
  const cloud = {
    addKey: async (name: string, publicKey: string) => {
      asked.push(`add ${name} | ${publicKey}`);
      if (error) throw error;
      return CAROL;
    },
    keys: async () => {
      asked.push('list');
      return listed;
    },
  };
  return { cloud, asked };
}

describe("the user's own key", () => {
  test('is in the account: no request', async () => {
    const { cloud, asked } = account(undefined);
    expect(await ensureKey(cloud, [ANN, CAROL], LOCAL)).toEqual({ key: CAROL, added: false });
    expect(asked).toEqual([]);
  });

  test('is added, named after its comment', async () => {
    const { cloud, asked } = account(undefined);
    expect(await ensureKey(cloud, [ANN], LOCAL)).toEqual({ key: CAROL, added: true });
    expect(asked).toEqual(['add belt carol@laptop | ssh-ed25519 AAAAC3Nz carol@laptop']);
  });

  test('is added, named after where it is from when it has no comment', async () => {
    const { cloud, asked } = account(undefined);
    await ensureKey(cloud, [], { ...LOCAL, publicKey: 'ssh-ed25519 AAAAC3Nz' });
    expect(asked).toEqual(['add belt /home/carol/.ssh/id_ed25519 | ssh-ed25519 AAAAC3Nz']);
  });

  test('somebody added it meanwhile', async () => {
    const { cloud, asked } = account(IN_USE, [ANN, CAROL]);
    expect(await ensureKey(cloud, [ANN], LOCAL)).toEqual({ key: CAROL, added: false });
    expect(asked.at(-1)).toBe('list');
  });

  test('the answer got lost after it was added', async () => {
    const { cloud } = account(new Offline('gone'), [CAROL]);
    expect(await ensureKey(cloud, [], LOCAL)).toEqual({ key: CAROL, added: false });
  });

  test('is refused and is not there: the refusal is told', async () => {
    const { cloud } = account(IN_USE, [ANN]);
    await expect(ensureKey(cloud, [ANN], LOCAL)).rejects.toBe(IN_USE);
  });

  test('a token that may not add keys is told at once', async () => {
    const forbidden = new CloudError(403, 'forbidden', 'the token lacks the right ssh_key:create');
    const { cloud, asked } = account(forbidden, [CAROL]);
    await expect(ensureKey(cloud, [], LOCAL)).rejects.toBe(forbidden);
    expect(asked).not.toContain('list');
  });
});
