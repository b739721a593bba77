import { describe, expect, test } from 'vitest';
import { Secrets } from '../../../src/output/mask.ts';

describe('secrets in a text', () => {
  test('are hidden wherever they stand', () => {
    const mask = new Secrets(['dop_v1_abc', undefined, '']).hide;
    expect(mask('dop_v1_abc x dop_v1_abc')).toBe('••• x •••');
    expect(mask('nothing')).toBe('nothing');
  });

  test('join tokens are hidden without being known', () => {
    const token = `SWMTKN-1-${'0123456789'.repeat(5)}-${'abcde'.repeat(5)}`;
    expect(new Secrets([]).hide(`docker swarm join --token ${token} 10.0.0.4:2377`)).toBe(
      'docker swarm join --token SWMTKN-••• 10.0.0.4:2377',
    );
  });

  test('unlock keys are hidden without being known', () => {
    expect(new Secrets([]).hide(`the key SWMKEY-1-${'a+/Z'.repeat(10)}abc.`)).toBe('the key SWMKEY-•••.');
  });

  test('what follows Bearer is hidden', () => {
    expect(new Secrets([]).hide('Authorization: Bearer dop_v1_other\nbearer x')).toBe(
      'Authorization: Bearer •••\nbearer •••',
    );
  });

  test('a token that begins like another leaves nothing of itself behind', () => {
    expect(new Secrets(['dop_v1_a', 'dop_v1_abcdef']).hide('dop_v1_abcdef dop_v1_a')).toBe('••• •••');
  });

  test.each([
    ['in base64', (token: string) => Buffer.from(token).toString('base64')],
    ['in base64 for addresses', (token: string) => Buffer.from(token).toString('base64url')],
    ['percent-encoded', encodeURIComponent],
  ])('an echo of a token %s is hidden', (_, encoded) => {
    const token = 'made/up+token?with~signs>';
    expect(new Secrets([token]).hide(`token=${encoded(token)}`)).toMatch(/^token=•••=*$/);
  });

  test('a word too short to be a secret hides nothing', () => {
    expect(new Secrets(['a']).hide('banana')).toBe('banana');
  });

  test('one that is told later is hidden from then on', () => {
    const secrets = new Secrets();
    secrets.add('from-the-file\n', undefined);
    expect(secrets.hide('authorization: from-the-file!')).toBe('authorization: •••!');
  });

  test.each([
    [
      'an echoed header',
      '{"headers":{"Authorization":"Basic dXNlcjpwdw=="}}',
      '{"headers":{"Authorization":"Basic •••"}}',
    ],
    ['a header in quotes', `'authorization': "Bearer abc.def", x`, `'authorization': "Bearer •••", x`],
    ["DigitalOcean's tokens, whoever's", `x dop_v1_${'0af'.repeat(20)} y doo_v1_${'9'.repeat(64)}`, 'x ••• y •••'],
    [
      'the password of a proxy',
      'connect http://me:s3cret@proxy:3128/ failed',
      'connect http://me:•••@proxy:3128/ failed',
    ],
    [
      'a private key',
      'k:\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nbnNz\n-----END OPENSSH PRIVATE KEY-----\nend',
      'k:\n-----BEGIN OPENSSH PRIVATE KEY-----•••\nend',
    ],
    [
      'a private key in JSON',
      String.raw`"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n"`,
      String.raw`"-----BEGIN RSA PRIVATE KEY-----•••\n"`,
    ],
    ['a private key that is cut off', '-----BEGIN PRIVATE KEY-----\nMIIEv', '-----BEGIN PRIVATE KEY-----•••'],
    ['a public key is none', 'ssh-ed25519 AAAAC3 http://a/b:c@d', 'ssh-ed25519 AAAAC3 http://a/b:c@d'],
  ])('%s', (_what, text, hidden) => {
    expect(new Secrets().hide(text)).toBe(hidden);
  });
});
