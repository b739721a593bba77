import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskedToken } from '../../src/config/stored-accounts.ts';
import { type RunOptions, world } from '../support/belt.ts';

const w = world();
beforeAll(() => w.sandbox());
afterAll(() => w.end());

const file = join(w.home, '.config/belt/accounts.json');
const token = () => w.env['DIGITALOCEAN_ACCESS_TOKEN']!;
/** Without a token in the environment. */
const without = { DIGITALOCEAN_ACCESS_TOKEN: undefined };
const tokenless = { belt: (words: string, options: RunOptions = {}) => w.belt(words, { env: without, ...options }) };

describe('belt auth', () => {
  test('none are kept', async () => {
    expect(await tokenless.belt('auth ls')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no accounts yet; add one: belt auth add NAME\n',
    });
    expect(await tokenless.belt('auth ls --json')).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  test('a token that DigitalOcean refuses is not kept', async () => {
    const { code, stdout, stderr } = await tokenless.belt('auth add work', { input: 'not-the-token-at-all\n' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'error: DigitalOcean refused the token\nhint: check that all of it was pasted; another one: ' +
        'https://cloud.digitalocean.com/account/api/tokens, then: belt auth add work\n',
    );
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ['', 'no token was given'],
    ['  \n', 'no token was given'],
    ['two words', 'that is not a token: it must be one word without spaces'],
    ['x'.repeat(10_000), 'that is not a token: it must be one word without spaces'],
  ])('%j is no token', async (input, message) => {
    const { code, stderr } = await tokenless.belt('auth add work', { input });
    expect([code, stderr.split('\n')[0]]).toEqual([2, `error: ${message}`]);
    expect(stderr).not.toContain('two words');
  });

  test('from a pipe; the first is in use at once, and other commands take it', async () => {
    const { code, stdout, stderr } = await tokenless.belt('auth add work', { input: `${token()}\n` });
    expect([code, stdout.replace(/ \(.*\)/, ''), stderr]).toEqual([
      0,
      'work: added\n',
      `kept in ${file}; it is in use\n`,
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await w.belt('keys -q', { env: without })).toEqual({ code: 0, stdout: '816630\n', stderr: '' });
  });

  test('typed, and not shown', async () => {
    const { code, stdout, stderr } = await tokenless.belt('auth add typed', { terminal: true, input: `${token()}\n` });
    expect([code, stdout.replace(/ \(.*\)/, '')]).toEqual([0, 'typed: added\n']);
    expect(stderr).toContain('Token (https://cloud.digitalocean.com/account/api/tokens): \n');
    expect(stdout + stderr).not.toContain(token());
  });

  test('a name that there is already', async () => {
    expect(await tokenless.belt('auth add work', { input: token() })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is an account work already\nhint: another name, or --force to replace it\n',
    });
    expect((await tokenless.belt('auth add work --force', { input: token() })).code).toBe(0);
  });

  test('the list shows no token', async () => {
    const { stdout } = await tokenless.belt('auth ls');
    const [masked, api] = [maskedToken(token()), w.env['DIGITALOCEAN_API_URL']];
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['', 'Account', 'Token', 'API'],
      ['', 'typed', masked, api],
      ['* work', masked, api],
      [''],
    ]);
    for (const words of ['auth ls', 'auth ls --json', 'auth use work', 'auth ls --trace --debug']) {
      const told = await tokenless.belt(words);
      expect(told.stdout + told.stderr).not.toContain(token());
    }
    expect(readFileSync(file, 'utf8')).toContain(token());
  });

  test('a variable takes precedence, and --account over it', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: 'a-token-of-nobody' };
    expect(await tokenless.belt('auth use typed', { env })).toEqual({
      code: 0,
      stdout: 'typed\n',
      stderr: 'warning: DIGITALOCEAN_ACCESS_TOKEN is set and takes precedence; for one command: --account NAME\n',
    });
    expect((await w.belt('keys -q', { env })).stderr).toMatch(/^error: DigitalOcean refused the token\n/);
    expect(await w.belt('--account work keys -q', { env })).toEqual({ code: 0, stdout: '816630\n', stderr: '' });
    expect((await w.belt('auth ls', { env })).stdout).not.toContain('*');
    const added = await w.belt('auth add typed --force', { env, input: token() });
    expect([added.code, added.stderr]).toEqual([
      0,
      `kept in ${file}\nwarning: DIGITALOCEAN_ACCESS_TOKEN is set and takes precedence; for one command: --account NAME\n`,
    ]);
    expect(await w.belt('keys -q --account wrok', { env })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no account "wrok"\nhint: did you mean work?\n',
    });
  });

  test('a token goes to no API but its own', async () => {
    const env = { ...without, DIGITALOCEAN_API_URL: 'https://api.example.com' };
    const { code, stderr } = await w.belt('--account work keys', { env });
    expect([code, stderr.split('\n')[0]]).toEqual([
      2,
      `error: the token of the account work is for ${w.env['DIGITALOCEAN_API_URL']} alone, and DIGITALOCEAN_API_URL names https://api.example.com`,
    ]);
  });

  test('a file that others can read is warned of', async () => {
    chmodSync(file, 0o644);
    const { stderr } = await w.belt('keys -q', { env: without });
    expect(stderr).toBe(`warning: ${file} contains tokens and others can read it: chmod 600 ${file}\n`);
    chmodSync(file, 0o600);
  });

  test('removed', async () => {
    expect(await tokenless.belt('auth rm typed')).toEqual({
      code: 0,
      stdout: 'typed: removed\n',
      stderr: 'the token is still valid: revoke it at https://cloud.digitalocean.com/account/api/tokens\n',
    });
    expect(await tokenless.belt('auth rm typed')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no account "typed"\nhint: kept accounts: work\n',
    });
    await tokenless.belt('auth rm work');
    expect(existsSync(file)).toBe(false);
    expect((await w.belt('keys', { env: without })).stderr).toMatch(/^error: no DigitalOcean token is set\n/);
  });
});
