import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAccountState } from '../../../src/config/account.ts';
import { TOKEN } from './fixture.ts';

const API = 'https://api.digitalocean.com';
let stateFolder = '';
beforeEach(() => {
  stateFolder = mkdtempSync(join(tmpdir(), 'belt-account-'));
});
afterEach(() => rmSync(stateFolder, { recursive: true }));

let asked = 0;
const open = async (accessToken: string | undefined, id?: string, apiUrl = API) => {
  asked = 0;
  const access = { stateFolder, apiUrl, ...(accessToken !== undefined && { accessToken }) };
  const state = await openAccountState(access, async () => {
    asked += 1;
    return id;
  });
  return basename(state.folder);
};

describe('the state of an account', () => {
  test('is that of its id, whichever the token; each token is asked about once', async () => {
    const one = await open(TOKEN, 'account-1');
    expect(asked).toBe(1);
    expect(await open(TOKEN, 'not asked')).toBe(one);
    expect(asked).toBe(0);
    expect(await open('other', 'account-1')).toBe(one);
    expect(await open('third', 'account-2')).not.toBe(one);
  });

  test('is not that of the same id at another API', async () => {
    const here = await open(TOKEN, 'account-1');
    expect(await open(TOKEN, 'account-1', 'https://evil.example')).not.toBe(here);
    expect(asked).toBe(1);
    expect(await open(TOKEN, 'account-1', 'http://127.0.0.1:1')).not.toBe(
      await open(TOKEN, 'account-1', 'http://127.0.0.1:2'),
    );
  });

  test('of a token that may not ask is its own', async () => {
    const mine = await open(TOKEN, undefined);
    expect(await open(TOKEN, undefined)).toBe(mine);
    expect(asked).toBe(0);
    expect(await open('other', undefined)).not.toBe(mine);
  });

  test('without a token is the one that was in use last with this API', async () => {
    await open(TOKEN, 'account-1');
    const last = await open('other', 'account-2');
    expect(await open(undefined)).toBe(last);
    expect(asked).toBe(0);
    const again = await open(TOKEN);
    expect(await open(undefined)).toBe(again);
    expect([last, again]).not.toContain(await open(undefined, undefined, 'https://evil.example'));
  });

  test('the token is written nowhere', async () => {
    await open(TOKEN, undefined);
    expect(readdirSync(stateFolder)).toEqual(['accounts.json']);
    expect(readFileSync(join(stateFolder, 'accounts.json'), 'utf8')).not.toContain(TOKEN.slice(7, 20));
  });

  test.each(['../../x', 'a/b', '..', '/etc', '\0', 'x'.repeat(100_000), ''])(
    'an id %j leads nowhere else',
    async (id) => {
      expect(await open(TOKEN, id)).toMatch(/^api\.digitalocean\.com-[0-9a-f]{16}$/);
    },
  );

  test.each([
    'null',
    '[null]',
    '[]',
    '5',
    '"x"',
    '{"salt":5}',
    '{"folders":[1]}',
    '{"folders":null,"last":5}',
    '{"salt":"',
    '',
    JSON.stringify({ salt: 's', folders: { a: '../x' }, last: { [API]: '../../x' } }),
    '\0'.repeat(10_000_000),
  ])('a damaged list is asked for again', async (text) => {
    const before = await open(TOKEN, 'account-1');
    writeFileSync(join(stateFolder, 'accounts.json'), text);
    expect(await open(undefined)).toMatch(/^api\.digitalocean\.com-[0-9a-f]{16}$/);
    expect(await open(TOKEN, 'account-1')).toBe(before);
    expect(asked).toBe(1);
    expect(await open(TOKEN)).toBe(before);
    expect(asked).toBe(0);
  });

  test('where it cannot be remembered it is asked for each time', async () => {
    chmodSync(stateFolder, 0o777);
    const one = await open(TOKEN, 'account-1');
    expect(await open(TOKEN, 'account-1')).toBe(one);
    expect(asked).toBe(1);
  });

  test('what goes wrong with asking is not passed over', async () => {
    const failing = openAccountState({ stateFolder, apiUrl: API, accessToken: TOKEN }, async () => {
      throw new Error('DigitalOcean refused the token');
    });
    await expect(failing).rejects.toThrow('DigitalOcean refused the token');
    expect(readdirSync(stateFolder)).toEqual([]);
  });
});
