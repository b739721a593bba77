// `belt sandbox …` about a sandbox that runs: its API is in this process, and another stands for its own. Its start is in
// test/contract/sandbox-process.test.ts.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines } from '../support/probe.ts';

describe('belt sandbox', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox('--list-lag 0 --rate-limit 0/0/0');
    w.standIn();
    await w.belt('create 512mb node1');
  });
  afterAll(() => w.end());

  const said = (...texts: string[]) => ({ code: 0, stdout: lines(...texts), stderr: '' });
  const missing = (hint: string) => ({
    code: 1,
    stdout: '',
    stderr: lines('error: sandbox "default" is not running', `hint: ${hint}`),
  });
  const VARIABLES = [
    'DIGITALOCEAN_ACCESS_TOKEN',
    'DIGITALOCEAN_TOKEN',
    'DIGITALOCEAN_API_URL',
    'DIGITALOCEAN_SSH_PORT',
    'DIGITALOCEAN_SSH_KEY_PATH',
    'BELT_STATE_DIR',
  ];

  test('env points a shell at it, and back', async () => {
    const own = Object.fromEntries(VARIABLES.map((name) => [name, w.env[name]]));
    expect(JSON.parse((await w.belt('sandbox env --json')).stdout)).toEqual(own);
    const { code, stdout, stderr } = await w.belt('sandbox env');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of VARIABLES)
      expect(stdout).toContain(`export ${name}=${own[name]} BELT_SANDBOX_${name}=${own[name]}\n`);
    expect((await w.belt('sandbox env --shell fish')).stdout).toContain(
      `set -gx DIGITALOCEAN_API_URL '${own['DIGITALOCEAN_API_URL']}'; `,
    );
    const inFish = { caller: '/usr/bin/fish', env: { SHELL: '/bin/bash' } };
    expect(await w.belt('sandbox env', inFish)).toEqual(await w.belt('sandbox env --shell fish'));
    expect((await w.belt('sandbox env --unset', inFish)).stdout).toContain('set -e BELT_SAVED_');
    expect((await w.belt('sandbox env --unset')).stdout).toContain('DIGITALOCEAN_API_URL');
  });

  test('status of one that nobody asked anything: no titles without rows', async () => {
    const fresh = world();
    try {
      await fresh.sandbox();
      fresh.standIn();
      expect((await fresh.belt('sandbox status')).stdout).toMatch(
        /^sandbox "default", up \d+ s: 0 droplets, 0 requests\n$/,
      );
    } finally {
      await fresh.end();
    }
  });

  test('status: its droplets, and what was asked of it', async () => {
    const { code, stdout, stderr } = await w.belt('sandbox status');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // How often create has to look depends on the machine.
    expect(
      stdout
        .replace(/up \d+ s|\d+ requests/g, (text) => text.replace(/\d+/, 'N'))
        .replace(/^\d+( +GET \/v2\/droplets)$/m, 'N$1'),
    ).toBe(
      lines(
        'sandbox "default", up N s: 1 droplet, N requests',
        'ID              Name    Public IPv4     Status',
        '18511681        node1   127.1.0.1       active',
        'Requests  Endpoint',
        '1         GET /v2/sizes',
        '1         GET /v2/regions',
        '1         GET /v2/images/{image_id}',
        '2         GET /v2/account',
        'N         GET /v2/droplets',
        '1         GET /v2/account/keys',
        '1         GET /v2/tags/{tag_id}',
        '1         POST /v2/droplets',
      ),
    );
  });

  test('start of one that runs is refused', async () => {
    const { code, stdout, stderr } = await w.belt('sandbox start');
    expect({ code, stdout, stderr: stderr.replace(/process \d+/, 'process N') }).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: the sandbox "default" is already running (process N)',
        'hint: use it: eval "$(belt sandbox env)" · stop it: belt sandbox stop (or give the new one another --name)',
      ),
    });
  });

  test('clean leaves one that runs, and removes what others left', async () => {
    expect(await w.belt('sandbox clean')).toEqual(said('nothing to clean up'));
    const left = join(w.home, '.belt/sandbox/left');
    mkdirSync(left);
    expect(await w.belt('sandbox clean')).toEqual(said('sandbox "left": leftovers removed'));
    expect(existsSync(left)).toBe(false);
  });

  test('of another name there is none', async () => {
    expect(await w.belt('sandbox status --name other')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: sandbox "other" is not running', 'hint: running: default (--name)'),
    });
  });

  test('status and stop are about the one that this shell was pointed at', async () => {
    const other = { env: { BELT_STATE_DIR: join(w.home, '.belt/sandbox/other/state') } };
    for (const words of ['sandbox status', 'sandbox stop']) {
      expect(await w.belt(words, other)).toEqual({
        code: 1,
        stdout: '',
        stderr: lines(
          'the sandbox of this shell: other (BELT_STATE_DIR; another: --name NAME)',
          'error: sandbox "other" is not running',
          'hint: running: default (--name)',
        ),
      });
    }
    expect((await w.belt('sandbox status --name default', other)).stdout).toMatch(/^sandbox "default", up /);
    const elsewhere = { env: { BELT_STATE_DIR: '/somewhere/other/state' } };
    expect(await w.belt('sandbox status', elsewhere)).toMatchObject({ code: 0, stderr: '' });
  });

  test('stop ends its process and removes its folder', async () => {
    expect(await w.belt('sandbox stop')).toEqual(said('sandbox "default" stopped'));
    expect(existsSync(join(w.home, '.belt/sandbox/default'))).toBe(false);
    for (const words of ['sandbox stop', 'sandbox status', 'sandbox env'])
      expect(await w.belt(words)).toEqual(missing('start one: belt sandbox start'));
  });
});

describe('belt sandbox, without one', () => {
  const w = world();
  afterAll(() => w.end());

  test('doctor says whether engine hosts can run here, as its exit code does', async () => {
    const { code, stdout } = await w.belt('sandbox doctor --json');
    const { engineHosts, obstacles, limits } = JSON.parse(stdout);
    expect({ code, engineHosts }).toEqual({
      code: obstacles.length === 0 ? 0 : 1,
      engineHosts: obstacles.length === 0,
    });
    const told = await w.belt('sandbox doctor');
    expect({ code: told.code, stderr: told.stderr }).toEqual({ code, stderr: lines(...limits) });
    expect(told.stdout).not.toBe('');
  });

  test('image ls and rm, where none was built', async () => {
    const { code, stdout, stderr } = await w.belt('sandbox image ls');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).toMatch(/^Layer +State +MiB$/);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatch(/^\S+ +missing$/);
    expect(await w.belt('sandbox image rm')).toEqual({ code: 0, stdout: 'there are no images\n', stderr: '' });
  });

  test('image rm removes what was built', async () => {
    mkdirSync(join(w.home, '.cache/belt/images/old-0123456789ab'), { recursive: true });
    expect(await w.belt('sandbox image rm')).toEqual({ code: 0, stdout: 'removed 1 layer\n', stderr: '' });
    expect(await w.belt('sandbox image rm')).toMatchObject({ stdout: 'there are no images\n' });
  });
});
