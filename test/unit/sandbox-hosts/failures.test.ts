import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Host } from '../../../src/sandbox/types.ts';
import { connectTo, dial, open, request, runOver, startWorld, until, type World } from './with-hosts.ts';

let world: World;
const docker = async (name: string, words: string) => {
  const { stdout, stderr } = await world.run(name, `docker ${words}`);
  return stdout + stderr;
};
const status = (on: string, name: string) =>
  docker(on, `node ls -f name=${name} --format '{{.Status}} {{.ManagerStatus}}'`);

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('faults', () => {
  test('a host that never opens SSH', async () => {
    await world.add('mute', {}, { neverSsh: true });
    await expect(world.connect('mute')).rejects.toThrow('ECONNREFUSED');
  });

  test('connections that are cut in the middle of their first command or stream', async () => {
    await world.add('shaky', {}, { sshResets: 2 });
    const first = await world.connect('shaky');
    const cut = new Promise((resolve) => first.once('close', resolve));
    await open(first, 'docker events');
    await cut;
    const second = await world.connect('shaky');
    const cutAgain = new Promise((resolve) => second.once('close', resolve));
    await dial(second);
    await cutAgain;
    expect((await runOver(await world.connect('shaky'), 'echo ok')).stdout).toBe('ok\n');
  });
});

describe('power', () => {
  test('off and on again: the same host key, the same place in the swarm', async () => {
    const keys: string[] = [];
    const hostVerifier = (key: Buffer) => keys.push(key.toString('base64')) > 0;
    await world.add('a1');
    const worker = await world.add('a2');
    await docker('a1', 'swarm init');
    const token = (await docker('a1', 'swarm join-token -q worker')).trim();
    await docker('a2', `swarm join --token ${token} 10.104.0.3:2377`);
    expect(await status('a1', 'a2')).toContain('accepted');
  });
});
