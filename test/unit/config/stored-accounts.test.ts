import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  accountName,
  accountsFile,
  isReadableByOthers,
  maskedToken,
  removeAccount,
  storeAccount,
  storedAccount,
  storedAccounts,
  useAccount,
} from '../../../src/config/stored-accounts.ts';
import { load, TOKEN } from './fixture.ts';

const apiUrl = 'https://api.digitalocean.com';
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'belt-accounts-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));
const user = () => ({ env: {}, home });

describe('the accounts that are kept', () => {
  test('the first is used, until another is', () => {
    storeAccount(user(), { name: 'work', token: 'one', apiUrl });
    storeAccount(user(), { name: 'home', token: 'two', apiUrl });
    expect(storedAccount(user(), undefined)).toEqual({ name: 'work', token: 'one', apiUrl });
    useAccount(user(), 'home');
    expect(storedAccount(user(), undefined)?.token).toBe('two');
    expect(storedAccount(user(), 'work')?.token).toBe('one');
  });

  test('replacing one keeps it in use; removing it leaves none in use', () => {
    storeAccount(user(), { name: 'work', token: 'one', apiUrl });
    storeAccount(user(), { name: 'home', token: 'two', apiUrl });
    storeAccount(user(), { name: 'work', token: 'three', apiUrl });
    expect(storedAccounts(user())).toMatchObject({ used: 'work', accounts: [{ name: 'home' }, { token: 'three' }] });
    removeAccount(user(), 'work');
    expect(storedAccount(user(), undefined)).toBeUndefined();
    removeAccount(user(), 'home');
    expect(() => statSync(accountsFile(user()))).toThrow('ENOENT');
  });

  test('are in a file that nobody else can read', () => {
    storeAccount(user(), { name: 'work', token: 'one', apiUrl });
    expect(accountsFile(user())).toBe(join(home, '.config/belt/accounts.json'));
    expect(statSync(accountsFile(user())).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(accountsFile(user()))).mode & 0o777).toBe(0o700);
    expect(isReadableByOthers(user())).toBe(false);
    chmodSync(accountsFile(user()), 0o644);
    expect(isReadableByOthers(user())).toBe(true);
    useAccount(user(), 'work');
    expect(isReadableByOthers(user())).toBe(false);
  });

  test('XDG_CONFIG_HOME names another folder, where it is absolute', () => {
    const at = (xdg: string) => accountsFile({ env: { XDG_CONFIG_HOME: xdg }, home: '/home/ann' });
    expect(at('/etc/ann')).toBe('/etc/ann/belt/accounts.json');
    expect(at('here')).toBe('/home/ann/.config/belt/accounts.json');
  });

  test('a link in place of the file is not followed', () => {
    const target = join(home, 'elsewhere');
    writeFileSync(target, 'kept');
    mkdirSync(dirname(accountsFile(user())), { recursive: true, mode: 0o700 });
    symlinkSync(target, accountsFile(user()));
    expect(() => storeAccount(user(), { name: 'work', token: 'one', apiUrl })).toThrow('it is a symbolic link');
    expect(readFileSync(target, 'utf8')).toBe('kept');
  });

  test.each(['{', '[]', '{"accounts": {"work": {"token": 1, "api_url": "x"}}}', '{"accounts": {"__proto__": {}}}'])(
    'a file that makes no sense is an error, and is not replaced: %s',
    (text) => {
      mkdirSync(dirname(accountsFile(user())), { recursive: true, mode: 0o700 });
      writeFileSync(accountsFile(user()), text, { mode: 0o600 });
      expect(() => storeAccount(user(), { name: 'work', token: 'one', apiUrl })).toThrow('is corrupt');
      expect(readFileSync(accountsFile(user()), 'utf8')).toBe(text);
    },
  );

  test('a name that there is not', () => {
    expect(() => useAccount(user(), 'work')).toThrow(
      expect.objectContaining({ message: 'there is no account "work"', hint: 'add it: belt auth add work' }),
    );
    storeAccount(user(), { name: 'work', token: 'one', apiUrl });
    expect(() => removeAccount(user(), 'wrok')).toThrow(expect.objectContaining({ hint: 'did you mean work?' }));
    expect(() => storedAccount(user(), 'other')).toThrow(expect.objectContaining({ hint: 'kept accounts: work' }));
  });

  test.each(['', '-x', 'a b', '../a', '__proto__', 'x'.repeat(65), 'ä'])('%j is no name', (name) => {
    expect(() => accountName(name)).toThrow('cannot be the name of an account');
  });
});

test.each([
  [`dop_v1_${'0'.repeat(60)}1a2b`, 'dop_v1_•••1a2b'],
  ['x'.repeat(30), '•••xxxx'],
  ['short-token', '•••'],
])('a token that is shown: %s', (token, shown) => {
  expect(maskedToken(token)).toBe(shown);
});

describe('which token is used', () => {
  const stored = (name: string, token = `${name}-token`) => ({ name, token, apiUrl });
  const accounts = [stored('used'), stored('work')];
  const file = (text: string) => ({ '/home/ann/app/.belt.yaml': text });
  const tokenOf = async (situation: Parameters<typeof load>[0]) => {
    const { settings, warnings } = await load({ accounts, ...situation });
    return [settings.accessToken, settings.account, settings.apiUrl, ...warnings];
  };

  test('that of the account in use, where neither a variable nor the file has one', async () => {
    expect(await tokenOf({})).toEqual(['used-token', 'used', apiUrl]);
    expect(await tokenOf({ files: file('digitalocean: {region: sgp1}') })).toEqual(['used-token', 'used', apiUrl]);
    expect(await tokenOf({ env: { DIGITALOCEAN_ACCESS_TOKEN: TOKEN } })).toEqual([TOKEN, undefined, apiUrl]);
    const own = file(`digitalocean: {access_token: ${TOKEN}}`);
    expect(await tokenOf({ files: own })).toEqual([TOKEN, undefined, apiUrl]);
    expect(await tokenOf({ accounts: [] })).toEqual([undefined, undefined, apiUrl]);
  });

  test('that of --account before all others', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: TOKEN };
    const files = file(`digitalocean: {access_token: ${TOKEN}}`);
    expect(await tokenOf({ account: 'work', env, files })).toEqual(['work-token', 'work', apiUrl]);
  });

  test('it goes to no API but its own, whoever names another', async () => {
    const env = { DIGITALOCEAN_API_URL: 'https://api.example.com' };
    const files = file('digitalocean: {api_url: "https://evil.example"}');
    const alone = `the token of the account used is for ${apiUrl} alone, and`;
    expect(await tokenOf({ env })).toEqual([
      undefined,
      undefined,
      'https://api.example.com',
      `${alone} DIGITALOCEAN_API_URL names https://api.example.com: it is not used`,
    ]);
    expect(await tokenOf({ files })).toEqual([
      undefined,
      undefined,
      'https://evil.example',
      `${alone} .belt.yaml:1:25: api_url names https://evil.example: it is not used`,
    ]);
    await expect(load({ accounts, account: 'work', files })).rejects.toThrow('the token of the account work is for');
    const own = [{ ...stored('used'), apiUrl: 'https://api.example.com' }];
    expect(await tokenOf({ accounts: own, env })).toEqual(['used-token', 'used', 'https://api.example.com']);
    expect(await tokenOf({ accounts: own })).toEqual(['used-token', 'used', 'https://api.example.com']);
  });
});
