import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Host } from '../../../src/sandbox/types.ts';
import { ended, masked, open, startWorld, until, type World } from './with-hosts.ts';

let world: World;
const hosts = new Map<string, Host>();

beforeAll(async () => {
  world = await startWorld();
  for (const name of ['m1', 'm2', 'm3', 'w1']) hosts.set(name, await world.add(name));
});
afterAll(() => world.close());

const KEY = /SWMKEY-1-[A-Za-z0-9+/]{43}/g;

async function docker(name: string, words: string, input = '') {
  const { stdout, stderr, code } = await world.run(name, `docker ${words}`, input);
  return { stdout: masked(stdout).replaceAll(KEY, 'KEY'), stderr, code };
}
const said = (stdout: string) => ({ stdout, stderr: '', code: 0 });
const failed = (stderr: string) => ({ stdout: '', stderr, code: 1 });

const read = async (name: string, words: string) => (await world.run(name, `docker ${words}`)).stdout.trim();
const key = () => read('m1', 'swarm unlock-key -q');
const state = (name: string) => read(name, "info --format '{{.Swarm.LocalNodeState}}'");
const seen = (name: string) => read('m1', `node ls -f name=${name} --format '{{.Status}} {{.ManagerStatus}}'`);

async function restart(name: string): Promise<void> {
  const host = hosts.get(name)!;
  await host.shutdown();
  world.reconnect(name);
  await host.powerOn({ sshMs: 1, engineMs: 1 });
  await until(() => host.record.engineAt !== undefined && host.record.sshAt !== undefined);
}

const TOLD = `To unlock a swarm manager after it restarts, run the \`docker swarm unlock\`
command and provide the following key:

    KEY

Remember to store this key in a password manager, since without it you
will not be able to restart the manager.
`;
const LOCKED =
  'Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.';

test('turned on at the start, off and on again: each time with another key', async () => {
  const { stdout } = await docker('m1', 'swarm init --autolock');
  expect(stdout.endsWith(`'docker swarm join-token manager' and follow the instructions.\n${TOLD}`)).toBe(true);
  const first = await key();
  expect(first).toMatch(new RegExp(`^${KEY.source}$`));
  expect(await docker('m1', 'swarm unlock-key')).toEqual(said(TOLD));
  expect(await docker('m1', 'swarm update --autolock')).toEqual(said('Swarm updated.\n'));
  expect(await key()).toBe(first);
  expect((await docker('m1', 'info')).stdout).toContain('\n  Autolock Managers: true\n');
  expect(await docker('m1', 'swarm update --autolock=false')).toEqual(said('Swarm updated.\n'));
  expect(await docker('m1', 'swarm unlock-key')).toEqual(failed('no unlock key is set\n'));
  expect(await docker('m1', 'swarm unlock-key --rotate')).toEqual(
    failed('cannot rotate because autolock is not turned on\n'),
  );
  expect(await docker('m1', 'swarm update --autolock')).toEqual(said(`Swarm updated.\n${TOLD}`));
  expect(await key()).not.toBe(first);
});

test('a token that is recreated leaves the lock as it is', async () => {
  const before = await key();
  await docker('m1', 'swarm join-token --rotate worker');
  expect(await key()).toBe(before);
});

test('a manager that restarts is locked until it is given the key; a worker is not', async () => {
  for (const [name, role] of [
    ['m2', 'manager'],
    ['m3', 'manager'],
    ['w1', 'worker'],
  ] as const) {
    const token = await read('m1', `swarm join-token -q ${role}`);
    await docker(name, `swarm join --token ${token} ${await read('m1', 'info -f {{.Swarm.NodeAddr}}')}:2377`);
  }
  await until(async () => (await seen('m3')) === 'Ready Reachable');
  await Promise.all([restart('m2'), restart('w1')]);
  expect([await state('m2'), await state('w1')]).toEqual(['locked', 'active']);
  await until(async () => (await seen('m2')) === 'Down Unreachable');
  expect(await docker('m2', 'node ls')).toEqual(failed(`Error response from daemon: ${LOCKED}\n`));
  expect(await docker('m2', 'swarm unlock-key')).toEqual(failed(`Error response from daemon: ${LOCKED}\n`));
  expect(await docker('m2', 'swarm leave')).toEqual(
    failed(
      'Error response from daemon: Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.\n',
    ),
  );
  expect(JSON.parse(await read('m2', "info -f '{{json .Swarm}}'"))).toMatchObject({
    NodeID: '',
    ControlAvailable: false,
    Error: LOCKED,
    RemoteManagers: null,
  });
  expect(await docker('m2', 'swarm unlock', 'x\n')).toEqual(failed('Error response from daemon: invalid key string\n'));
  expect(await docker('m2', 'swarm unlock', `SWMKEY-1-${'A'.repeat(43)}\n`)).toEqual(
    failed('Error response from daemon: swarm could not be unlocked: invalid key provided\n'),
  );
  expect(await docker('m2', 'swarm unlock', `  ${await key()}\n`)).toEqual(said(''));
  expect(await state('m2')).toBe('active');
  await until(async () => (await seen('m2')) === 'Ready Reachable');
  expect(await docker('m2', 'swarm unlock')).toEqual(failed('Error: swarm is not locked\n'));
});

test('one that was away while the key was changed needs the one that it had', async () => {
  const old = await key();
  await hosts.get('m3')!.shutdown();
  await until(async () => (await seen('m3')).startsWith('Down'));
  expect(await docker('m1', 'swarm unlock-key --rotate')).toEqual(
    said(`Successfully rotated manager unlock key.\n${TOLD}`),
  );
  await restart('m3');
  expect((await docker('m3', 'swarm unlock', await key())).stderr).toContain('invalid key provided');
  expect(await docker('m3', 'swarm unlock', old)).toEqual(said(''));
});

test('on a terminal the key is asked for and not shown', async () => {
  await restart('m2');
  const channel = await open(await world.connect('m2'), 'docker swarm unlock', {
    rows: 24,
    cols: 80,
    height: 0,
    width: 0,
    term: 'xterm',
  });
  const result = ended(channel);
  const asked = new Promise((resolve) => channel.once('data', resolve));
  expect(String(await asked)).toBe('Enter unlock key: ');
  channel.write(`${await key()}\r`);
  expect(await result).toEqual({ stdout: 'Enter unlock key: \r\n', stderr: '', code: 0 });
  expect(await state('m2')).toBe('active');
});
