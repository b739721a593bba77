// Connections to private nodes that are kept: through one to the jump host, by a real process of the built belt.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { act, droplet, lines, stateFile, told } from '../support/probe.ts';

const w = world();
const runtime = () => join(w.home, 'run');

beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node1');
  await makeNatGateway(w);
  w.write(
    '.belt.yaml',
    "---\ndigitalocean:\n  region: sgp1\n  image: 18153887\n  ssh_key_fingerprint: 816630\n  ssh_jump: '@manager'\n",
  );
  expect(await w.belt('create 512mb w[1:2] --private')).toMatchObject({ code: 0 });
});
beforeEach(() => {
  rmSync(runtime(), { recursive: true, force: true });
  mkdirSync(runtime(), { mode: 0o700 });
  w.env['XDG_RUNTIME_DIR'] = runtime();
});
afterEach(() => w.belt('keep stop'));
afterAll(() => w.end());

const kept = async () => {
  const { nodes } = JSON.parse((await w.belt('keep status --json')).stdout);
  return Object.fromEntries(
    nodes.map(({ name, connections }: { name: string; connections: number }) => [name, connections]),
  );
};
const ping = (socketPath: string) =>
  new Promise<number | undefined>((resolve, reject) =>
    request({ socketPath, path: '/_ping' }, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end(),
  );
test('one connection to the jump host serves all of them, and commands on itself', async () => {
  const { stdout, ...end } = await w.belt('--keep 5m exec w[1:2] -- hostname');
  expect(end).toEqual({ code: 0, stderr: '2 ok\n' });
  expect(stdout.split('\n').toSorted()).toEqual(['', 'w1 | w1', 'w2 | w2']);
  expect(await kept()).toEqual({ node1: 1, w1: 1, w2: 1 });
  const again = await w.belt('--trace --keep 5m exec node1 w1 -- true');
  expect(again.stderr).not.toContain(' connected ');
  expect(await kept()).toEqual({ node1: 1, w1: 1, w2: 1 });
});

test('env gives a Docker socket that leads through it', async () => {
  const { code, stdout } = await w.belt('env w1 --json');
  expect(code).toBe(0);
  const socket = JSON.parse(stdout).DOCKER_HOST.replace('unix://', '');
  expect(await ping(socket)).toBe(200);
});

test('through a host of the user’s own, which is verified by the key that was accepted for it', async () => {
  await w.belt('create 512mb bastion', { env: { BELT_CLUSTER: 'elsewhere' } });
  const address = (await w.belt('ip bastion', { env: { BELT_CLUSTER: 'elsewhere' } })).stdout.trim();
  const env = { DIGITALOCEAN_SSH_JUMP: `root@${address}:${w.env['DIGITALOCEAN_SSH_PORT']}` };
  expect(told(await w.belt('env w1', { env }))).toEqual({
    code: 255,
    error: expect.stringMatching(/^w1 \(10\.104\.0\.3\): the jump host .*: its host key is not known here/),
    hint: expect.stringMatching(/belt trust --jump$/),
  });
  expect(await w.belt('trust --jump -y', { env })).toMatchObject({ code: 0 });
  expect(await w.belt('--keep 5m exec w1 -- hostname', { env })).toMatchObject({ code: 0, stdout: 'w1 | w1\n' });
  expect(await kept()).toEqual({ [address]: 1, w1: 1 });
});

/** Another's public key. */
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIGVycm9ycyBhcmUgdmFsdWVzIHRvbyBhbHdheXMgYWxl';

test.each([
  { name: 'w1', blamed: '' },
  { name: 'node1', blamed: 'the jump host node1: ' },
])('where another key than that of $name is pinned, what is kept is used no more', async ({ name, blamed }) => {
  expect(await w.belt('--keep 5m exec w1 -- true')).toMatchObject({ code: 0 });
  const file = stateFile(w, 'known_hosts');
  const before = readFileSync(file, 'utf8');
  const { id } = await droplet(w, name);
  const after = before.replace(new RegExp(`^(\\S*${id}\\S* ssh-ed25519) \\S+`, 'm'), `$1 ${OTHER}`);
  expect(after).not.toBe(before);
  writeFileSync(file, after);
  try {
    const { code, stderr } = await w.belt('--keep 5m exec w1 -- true');
    expect(code).toBe(255);
    expect(stderr).toContain(`w1 (10.104.0.3): ${blamed}its host key does not match the pinned one: it presented`);
  } finally {
    writeFileSync(file, before);
  }
});

test('a node that was rebuilt behind it, and has another key, is refused', async () => {
  expect(await w.belt('--keep 5m exec w2 -- true')).toMatchObject({ code: 0 });
  await act(w, 'w2', 'rebuild', { image: 'debian-13-x64' });
  const { code, stderr } = await w.belt('--keep 5m exec w2 -- true');
  expect(code).toBe(255);
  expect(stderr).toContain('w2 (10.104.0.4): its host key does not match the pinned one: it presented');
});

test('what is kept ends with the jump host, is told of as its fault, and comes back with it', async () => {
  const socket = JSON.parse((await w.belt('env w1 --json')).stdout).DOCKER_HOST.replace('unix://', '');
  await act(w, 'node1', 'power_off');
  expect(await w.belt('--keep 5m exec w1 -- hostname')).toEqual({
    code: 255,
    stdout: '',
    stderr: lines('w1 | error: w1 (10.104.0.3): the jump host node1 does not answer (connection refused)'),
  });
  expect((await kept())['w1'] ?? 0).toBe(0);
  await act(w, 'node1', 'power_on');
  // First where no command is there to sign.
  expect(await ping(socket)).toBe(200);
  expect(await w.belt('--keep 5m exec w1 -- hostname')).toMatchObject({ code: 0, stdout: 'w1 | w1\n' });
});
