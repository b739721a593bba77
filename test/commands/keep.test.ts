// What is kept is kept by a real process, of the built belt.
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines } from '../support/probe.ts';
import { BOOK_CONFIG } from '../support/world.ts';

const w = world();
const runtime = () => join(w.home, 'run');
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
  await w.belt('active node1');
});
beforeEach(() => {
  rmSync(runtime(), { recursive: true, force: true });
  mkdirSync(runtime(), { mode: 0o700 });
  w.env['XDG_RUNTIME_DIR'] = runtime();
});
afterEach(() => w.belt('keep stop'));
afterAll(() => w.end());

const folder = () => join(runtime(), readdirSync(runtime())[0]!);
const kept = async () => JSON.parse((await w.belt('keep status --json')).stdout);

describe('belt keep', () => {
  test('without a keeper', async () => {
    expect(await w.belt('keep status')).toEqual({ code: 0, stdout: '', stderr: 'no connections are kept\n' });
    expect(await w.belt('keep stop')).toEqual({ code: 0, stdout: '', stderr: 'no connections were kept\n' });
    expect(await kept()).toEqual({ running: false, nodes: [] });
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('finds what a shell with another runtime folder keeps, and ends that too', async () => {
    const elsewhere = join(w.home, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    // As cron, or a shell by su, has none.
    const other = { XDG_RUNTIME_DIR: '', TMPDIR: elsewhere };
    await w.belt('--keep 5m exec node1 -- true', { env: other });
    await w.belt('--keep 5m exec node2 -- true');
    const here = { TMPDIR: elsewhere };
    const status = await w.belt('keep status', { env: here });
    expect(status.stdout.match(/^node\d/gm)).toEqual(['node2', 'node1']);
    expect(status.stderr.match(/^process \d+ ends in /gm)).toHaveLength(2);
    expect(await w.belt('keep stop', { env: here })).toMatchObject({ stderr: 'no connections are kept any more\n' });
    expect(await w.belt('keep status', { env: other })).toMatchObject({ stderr: 'no connections are kept\n' });
    expect(await w.belt('keep status')).toMatchObject({ stderr: 'no connections are kept\n' });
    rmSync(elsewhere, { recursive: true });
  });

  test('says what is kept, and stop ends it', async () => {
    expect(await w.belt('--keep 5m exec node[1:2] -- hostname')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^node[12] \| node[12]\nnode[12] \| node[12]\n$/),
      stderr: '2 ok\n',
    });
    const { code, stdout, stderr } = await w.belt('keep status');
    expect([code, stdout]).toEqual([
      0,
      lines(
        'Node    Address     Connections   In use  Docker socket',
        'node1   127.1.0.1   1             0',
        'node2   127.1.0.2   1             0',
      ),
    ]);
    expect(stderr).toMatch(/^process \d+ ends in \d+ s unless it is used\n$/);
    expect(await kept()).toMatchObject({
      running: true,
      keep_seconds: 300,
      nodes: [{ name: 'node1' }, { name: 'node2' }],
    });
    expect(await w.belt('keep stop')).toEqual({ code: 0, stdout: '', stderr: 'no connections are kept any more\n' });
    expect(readdirSync(folder())).toEqual([]);
    expect(await kept()).toEqual({ running: false, nodes: [] });
  });

  test('one connection serves docker, exec, with and the swarm', async () => {
    w.env['BELT_KEEP'] = '10m';
    try {
      for (const words of ['docker version', 'with node1 -- true', 'exec node1 -- true', 'swarm init node1']) {
        expect(await w.belt(`--trace ${words}`)).toEqual({
          code: 0,
          stdout: expect.anything(),
          stderr: expect.anything(),
        });
      }
      expect((await kept()).nodes).toEqual([{ name: 'node1', address: '127.1.0.1', connections: 1, channels: 0 }]);
      const traced = await w.belt('--trace --no-keep exec node1 -- true');
      expect(traced.stderr).toMatch(/node1 ssh root@127\.1\.0\.1:\d+ connected/);
    } finally {
      delete w.env['BELT_KEEP'];
    }
  });

  test('nothing is kept unless it is asked for, nor by create', async () => {
    await w.belt('exec node1 -- true');
    await w.belt('--keep 10m create 512mb node4');
    await w.belt('rm node4 --yes');
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('status and stop need no API, also with a token that is new', async () => {
    const env = { DIGITALOCEAN_API_URL: 'http://127.0.0.1:1', DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_made_up' };
    expect(await w.belt('keep status', { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no connections are kept\n',
    });
    expect(await w.belt('keep stop', { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no connections were kept\n',
    });
    await w.belt('--keep 5m exec node1 -- true');
    // It does not say whose token it is: then it is that of the account that was used last.
    const other = { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_made_up' };
    expect((await w.belt('keep status', { env: other })).stdout).toContain('node1   127.1.0.1');
    expect(await w.belt('keep stop', { env: other })).toMatchObject({ stderr: 'no connections are kept any more\n' });
  });

  test('a folder that others can enter is not used, and the command goes on', async () => {
    await w.belt('--keep 5m exec node1 -- true');
    await w.belt('keep stop');
    chmodSync(folder(), 0o755);
    const path = folder();
    const hint = 'have the sockets in a folder of your own: export XDG_RUNTIME_DIR=/path/to/a/folder (chmod 700)';
    expect(await w.belt('--keep 5m exec node1 -- true')).toEqual({
      code: 0,
      stdout: '',
      stderr: `warning: connections are not kept: ${path} is not used: others may open it (mode 755); ${hint}\n`,
    });
    expect(await w.belt('keep status')).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${path} is not used: others may open it (mode 755)\nhint: ${hint}\n`,
    });
  });

  describe('that a project’s file asks for', () => {
    const asks = (keep: string) => w.write('.belt.yaml', BOOK_CONFIG.replace(/digitalocean:\n/, `$&  keep: ${keep}\n`));
    const EXEC = 'exec node1 -- true';
    const SAID = 'end them: belt keep stop · never: export BELT_KEEP=false\n';
    afterAll(() => w.write('.belt.yaml', BOOK_CONFIG));

    test('are told of where it starts them, once in a folder', async () => {
      asks('10m');
      expect((await w.belt(EXEC)).stderr).toBe(`.belt.yaml:3:9 has SSH connections kept for 10 minutes · ${SAID}`);
      expect(await kept()).toMatchObject({ running: true, keep_seconds: 600 });
      await w.belt('keep stop');
      expect((await w.belt(EXEC)).stderr).toBe('');
    });

    test('last 15 minutes at most', async () => {
      asks('24h');
      expect((await w.belt(EXEC)).stderr).toBe(
        '.belt.yaml:3:9 has SSH connections kept for 15 minutes, the most that a project’s file can ask for ' +
          `(your own word: BELT_KEEP) · ${SAID}`,
      );
      expect(await kept()).toMatchObject({ keep_seconds: 900 });
    });

    test.each([
      ['BELT_KEEP=1h', 3600],
      ['--keep 1h', 3600],
      ['--config .belt.yaml', 86_400],
    ])('hold no longer, once the user said so: %s', async (how, seconds) => {
      asks('24h');
      const [name = '', value] = how.split('=');
      const words = value === undefined ? `${how} ${EXEC}` : EXEC;
      expect((await w.belt(words, { env: value === undefined ? {} : { [name]: value } })).stderr).toBe('');
      expect(await kept()).toMatchObject({ keep_seconds: seconds });
    });

    test('are none where the user says so', async () => {
      asks('24h');
      expect((await w.belt(EXEC, { env: { BELT_KEEP: 'false' } })).stderr).toBe('');
      expect(readdirSync(runtime())).toEqual([]);
    });
  });

  test.each(['10', '0m', '25h', 'ten'])('--keep %s', async (time) => {
    expect(await w.belt(['--keep', time, 'exec', 'node1', '--', 'true'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: --keep must be a time such as 90s, 10m or 2h (at most 24h), or false, not "${time}"\n`,
    });
  });
});

/** The name of the engine at a socket. */
const engineAt = (socketPath: string) =>
  new Promise<string>((resolve, reject) => {
    request({ socketPath, path: '/info', agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? JSON.parse(text).Name : text));
    })
      .on('error', reject)
      .end();
  });

describe('belt env', () => {
  test('the lines that docker-machine env printed, on a socket of the keeper’s', async () => {
    const { code, stdout, stderr } = await w.belt('env node2 --shell sh');
    const [, socket = ''] = /^export DOCKER_HOST=unix:\/\/(.*)$/m.exec(stdout) ?? [];
    expect([code, stderr, stdout]).toEqual([
      0,
      '',
      lines(
        `export DOCKER_HOST=unix://${socket}`,
        'export DOCKER_MACHINE_NAME=node2',
        'unset DOCKER_API_VERSION DOCKER_CERT_PATH DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY',
        '# The socket is there until nothing has used it for 10 minutes, or: belt keep stop',
        '# To point docker back at this machine: eval "$(belt env --unset)"',
        '# Run this command to configure your shell: eval "$(belt env node2)"',
      ),
    ]);
    expect(await engineAt(socket)).toBe('node2');
    expect(JSON.parse((await w.belt('env node2 --json')).stdout)).toEqual({
      DOCKER_HOST: `unix://${socket}`,
      DOCKER_MACHINE_NAME: 'node2',
    });
    expect((await kept()).nodes).toMatchObject([{ name: 'node2', socket }]);
    // Which shells have it nobody knows, but the one that asks.
    expect((await w.belt('keep stop', { env: { SHELL: '/bin/bash' } })).stderr).toBe(
      lines(
        'no connections are kept any more',
        'docker no longer works in shells that were set up by belt env; there: eval "$(belt env --unset)"',
      ),
    );
    const env = { SHELL: '/usr/bin/fish', DOCKER_HOST: `unix://${socket}` };
    expect((await w.belt('keep stop', { env })).stderr).toBe(
      lines(
        'no connections were kept',
        'DOCKER_HOST in this shell leads nowhere now: belt env --unset --shell fish | source',
      ),
    );
    await expect(engineAt(socket)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('fish and PowerShell, by --shell, the shell that asks, or $SHELL; without a node the active one; --keep says how long', async () => {
    expect((await w.belt('--keep 2h env', { env: { SHELL: '/usr/bin/fish' } })).stdout).toMatch(
      /^set -gx DOCKER_HOST 'unix:\/\/.*'\nset -gx DOCKER_MACHINE_NAME 'node1'\nset -e DOCKER_API_VERSION\n(.*\n)*# The socket .* for 2 hours, .*\n# .*: belt env --unset --shell fish \| source\n# .*: belt env node1 --shell fish \| source\n$/,
    );
    // The shell that asks is not always the login shell.
    expect((await w.belt('env', { caller: '/usr/bin/fish', env: { SHELL: '/bin/bash' } })).stdout).toMatch(/^set -gx/);
    expect((await w.belt('env', { caller: '/usr/bin/zsh', env: { SHELL: '/usr/bin/fish' } })).stdout).toMatch(
      /^export/,
    );
    expect((await w.belt('env node1 --shell powershell')).stdout).toMatch(
      /^\$Env:DOCKER_HOST = 'unix:\/\/.*'\n\$Env:DOCKER_MACHINE_NAME = 'node1'\nRemove-Item Env:\\DOCKER_API_VERSION -ErrorAction SilentlyContinue\n/,
    );
  });

  test('where the keeper does not start, it says so', async () => {
    await w.belt('--keep 5m exec node1 -- true');
    const socket = readdirSync(folder()).find((name) => name.endsWith('.sock'))!;
    await w.belt('keep stop');
    // Another command is at it, and does not get on.
    const lock = join(folder(), socket.replace(/sock$/, 'lock'));
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname(), id: 'x' }));
    expect(await w.belt('env node1')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: the connection to node1 cannot be kept: the process that keeps connections does not start',
        'hint: for one command, or a shell: belt with node1',
      ),
    });
  });

  test('--unset starts nothing', async () => {
    expect(await w.belt('env --unset --shell sh')).toEqual({
      code: 0,
      stdout: lines(
        'unset DOCKER_HOST DOCKER_MACHINE_NAME DOCKER_API_VERSION DOCKER_CERT_PATH DOCKER_CONTEXT DOCKER_TLS DOCKER_TLS_VERIFY',
        '# Run this command to configure your shell: eval "$(belt env --unset)"',
      ),
      stderr: '',
    });
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('with --no-keep', async () => {
    expect(await w.belt('--no-keep env node1')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error: belt env needs a connection that is kept, and none is to be\n' +
        'hint: say for how long: belt --keep 10m env NODE · for one command without: belt with NODE -- …\n',
    });
  });
});
