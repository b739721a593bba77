import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
  w.env['XDG_RUNTIME_DIR'] = w.home;
  chmodSync(w.home, 0o700);
});
afterAll(() => w.end());

/** The status and body of one answer. */
const ask = (socketPath: string, method: string, path: string): Promise<string> =>
  new Promise((resolve) => {
    const request = http.request({ socketPath, method, path, agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(`${response.statusCode} ${text.trim()}`));
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    request.end();
  });

/** Uses it while it is open, and interrupts it then. */
async function opened(words: string, use: (path: string) => Promise<void>) {
  const { outcome, so, interrupt } = w.start(words);
  await until('it is open', () => so().stdout.endsWith('\n'));
  const path = /unix:\/\/([^"\n]+)/.exec(so().stdout)?.[1] ?? '';
  await use(path);
  interrupt();
  expect((await outcome).code).toBe(130);
  expect(existsSync(path)).toBe(false);
  return outcome;
}

test('one Docker over all nodes, until it is interrupted', async () => {
  const { stdout, stderr } = await opened('endpoint', async (path) => {
    expect(await ask(path, 'GET', '/_ping')).toBe('200 OK');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
  expect(stdout).toMatch(/^unix:\/\/.*\/belt-with-\w{6}\/docker\.sock\n$/);
  expect(stderr).toBe('one Docker over node[1:3], until Ctrl-C\n');
  expect(readdirSync(w.home).filter((name) => name.startsWith('belt-with'))).toEqual([]);
});

test('a folder that is not there is told before any node is asked', async () => {
  expect(await w.belt('endpoint --socket /missing/x.sock')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: there is no folder for the socket: /missing\n',
  });
});

test('at a path of the user’s, for some nodes, as JSON', async () => {
  const path = join(w.cwd, 'own.sock');
  const { stdout } = await opened('endpoint --json node[1:2] --socket own.sock', async () => {
    expect(await ask(path, 'GET', '/_ping')).toBe('200 OK');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await w.belt('endpoint --socket own.sock')).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: another program listens on ${path}\n`,
    });
  });
  expect(JSON.parse(stdout)).toEqual({
    host: `unix://${path}`,
    nodes: ['node1', 'node2'],
    readOnly: false,
    strategy: 'spread',
  });
});

test('read-only: what changes something is refused', async () => {
  await opened('endpoint --read-only', async (path) => {
    const refused = (what: string) => `403 {"message":"this endpoint is read-only: ${what} is refused"}`;
    for (const what of [
      'POST /containers/create',
      'DELETE /containers/x',
      'POST /containers/x/exec',
      'POST /images/create',
      'POST /swarm/update',
      'POST /auth',
    ]) {
      const [method = '', at = ''] = what.split(' ');
      expect(await ask(path, method, at)).toBe(refused(what));
    }
    expect(await ask(path, 'GET', '/containers/json')).toBe('200 []');
    expect(await ask(path, 'POST', '/containers/x/wait')).toBe('404 {"message":"No such container: x"}');
  });
});

test('a path that is taken, or too long', async () => {
  const file = w.write('file', 'mine');
  expect(await w.belt('endpoint --socket file')).toMatchObject({
    code: 2,
    stderr: `error: ${file} exists and is not a socket\n`,
  });
  const { code, stderr } = await w.belt(`endpoint --socket ${'x'.repeat(120)}`);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: the path of the socket is too long: /)]);
  expect(await w.belt('endpoint nod1')).toMatchObject({ code: 2 });
});

test('what a killed belt left there is replaced', async () => {
  const path = join(w.cwd, 'left.sock');
  // Closing a server removes its socket; a killed process leaves it.
  const kill = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', kill, path]);
  expect(existsSync(path)).toBe(true);
  await opened('endpoint --socket left.sock', async () => {
    expect(await ask(path, 'GET', '/_ping')).toBe('200 OK');
  });
});
