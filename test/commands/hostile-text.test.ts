// What an API, a host or a full disk says of itself, as a person at the terminal gets it.
import { chmodSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { listing, madeUpApi, reply } from '../support/made-up-api.ts';

const FOUL = 'x\x1b]52;c;eA==\x07\r\x9b2J\u202ey';
const SHOWN = String.raw`x\x1b]52;c;eA==\x07\r\x9b2J\u202ey`;
/** Controls that reached the other side, but newlines. */
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const listed = (request: IncomingMessage) => ({ status: 200, body: listing(FOUL, request) });

describe('what others say', () => {
  let w: World;
  let endApi: () => void;
  let answer: (request: IncomingMessage) => { status: number; body: unknown };
  beforeAll(async () => {
    w = world();
    endApi = await madeUpApi(w, (request, response) => {
      const { status, body } = answer(request);
      reply(response, status, body);
    });
  });
  afterAll(async () => {
    endApi();
    await w.end();
  });

  test('an API error that steers the terminal and echoes the request is shown as data, without the token', async () => {
    answer = ({ headers }) => ({ status: 422, body: { id: 'x', message: `${FOUL} ${headers.authorization}` } });
    for (const words of ['ls', 'ls --debug', 'ls --trace', 'rm x -y']) {
      const { code, stdout, stderr } = await w.belt(words);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(SHOWN);
      expect(stderr).not.toContain('made-up-token');
      expect(stderr).not.toMatch(RAW);
    }
  });

  test('a token that only the file knows is as secret', async () => {
    const file = w.write('own.yaml', 'digitalocean:\n  access_token: of-the-file\n');
    chmodSync(file, 0o600);
    answer = ({ headers }) => ({ status: 422, body: { id: 'x', message: `sent: ${headers.authorization?.slice(7)}` } });
    const { stderr } = await w.belt(`--config ${file} ls --trace`, { env: { DIGITALOCEAN_ACCESS_TOKEN: undefined } });
    expect(stderr).toContain('sent: •••');
    expect(stderr).not.toContain('of-the-file');
  });

  test('names and tags are shown as data in tables, lines, notes and JSON', async () => {
    answer = listed;
    for (const words of ['ls', 'ls --wide', 'ls -q', 'ls --json', 'rm 7 --dry-run', 'rm 7', 'ip 7', 'orphans']) {
      const { stdout, stderr } = await w.belt(words);
      expect(`${stdout}${stderr}`, words).not.toMatch(RAW);
    }
    expect((await w.belt('ls -q')).stdout).toBe(`${SHOWN}\n`);
    expect(JSON.parse((await w.belt('ls --json')).stdout)[0].name).toBe(FOUL);
  });

  test('words and files that steer the terminal are shown as data', async () => {
    expect((await w.belt([FOUL])).stderr).toContain(SHOWN);
    const file = w.write('foul.yaml', `digitalocean:\n  "\\e]0;x": 1\n`);
    const { stderr } = await w.belt(`--config ${file} ls`);
    expect(stderr).toContain(String.raw`\u001b]0;x`);
    expect(stderr).not.toMatch(RAW);
  });
});
