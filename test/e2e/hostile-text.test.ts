// What an API, a host or a full disk says of itself, as a person at the terminal gets it.
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BELT, type World, world } from './world.ts';

const FOUL = 'x\x1b]52;c;eA==\x07\r\x9b2J\u202ey';
const SHOWN = String.raw`x\x1b]52;c;eA==\x07\r\x9b2J\u202ey`;
/** Controls that reached the other side, but newlines. */
const RAW = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

const droplet = {
  id: 7,
  name: FOUL,
  memory: 512,
  vcpus: 1,
  disk: 10,
  locked: false,
  status: 'active',
  created_at: '2026-01-01T00:00:00Z',
  features: [],
  backup_ids: [],
  snapshot_ids: [],
  image: { id: 1, slug: FOUL, name: FOUL, distribution: FOUL },
  region: { slug: FOUL, name: FOUL },
  size: { slug: FOUL, price_monthly: 4, price_hourly: 0.006 },
  size_slug: FOUL,
  networks: { v4: [], v6: [] },
  tags: ['belt', 'belt-cluster-default', FOUL],
};

const account = { droplet_limit: 10, uuid: 'u', email: FOUL, status: 'active', team: { uuid: 't', name: FOUL } };
const listed = ({ url = '' }: IncomingMessage) => ({
  status: 200,
  body: url.startsWith('/v2/account') ? { account } : { droplets: [droplet], links: {}, meta: { total: 1 } },
});

describe('what others say', () => {
  let w: World;
  let server: Server;
  let answer: (request: IncomingMessage) => { status: number; body: unknown };
  let held = false;
  beforeAll(async () => {
    w = world();
    server = createServer((request, response) => {
      if (held) return;
      const { status, body } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    w.env['DIGITALOCEAN_API_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    w.env['DIGITALOCEAN_ACCESS_TOKEN'] = 'made-up-token';
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
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

  test.skipIf(process.platform !== 'linux')('a result that cannot be kept is an error', async () => {
    answer = listed;
    for (const words of ['ls', 'ls --json', 'version', 'help', 'ls --help', '--version']) {
      const { code, stderr } = await w.shell(`belt ${words} > /dev/full`);
      expect([words, code, stderr]).toEqual([
        words,
        1,
        'error: cannot write to standard output: no space left on device\n',
      ]);
    }
    const gone = await w.shell('belt ls > /dev/full 2> /dev/full');
    expect(gone.code).toBe(1);
  });

  test('a reader that has seen enough is no error', async () => {
    const { stdout, stderr } = await w.shell('belt help | head -n 1');
    expect(stdout).toMatch(/^Docker Swarm on DigitalOcean/);
    expect(stderr).toBe('');
  });

  test('SIGUSR1 opens no debugger', async () => {
    held = true;
    const { child, outcome } = w.start('ls --trace');
    try {
      const requested = new Promise((resolve) => server.once('request', resolve));
      await requested;
      child.kill('SIGUSR1');
      child.kill('SIGINT');
      const { stderr } = await outcome;
      expect(stderr).not.toMatch(/debugger/i);
    } finally {
      held = false;
    }
  });

  test('a folder that was deleted is told as such', async () => {
    const gone = await w.shell(`mkdir gone && cd gone && rmdir ../gone && "${process.execPath}" "${BELT}" ls`);
    expect([gone.code, gone.stderr]).toEqual([
      2,
      'error: the current folder no longer exists\nhint: change to another one: cd\n',
    ]);
  });
});
