import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
});
afterAll(() => w.end());

const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

test('the list follows what happened to the swarm, and asks no node', async () => {
  const { stdout } = await w.belt('ls');
  expect(stdout).toBe(
    lines(
      'ID              Name    Public IPv4     Status  Tags',
      '18511681        node1   127.1.0.1       active',
      '18511682        node2   127.1.0.2       active',
      '18511683        node3   127.1.0.3       active',
    ),
  );
  await w.belt('swarm init node1');
  await w.belt('swarm join node1 node2');
  const { stdout: after, stderr } = await w.belt('ls --trace');
  expect(after).toBe(
    lines(
      'ID              Name    Public IPv4     Status  Tags    Active  Swarm',
      '18511681        node1   127.1.0.1       active          *       leader',
      '18511682        node2   127.1.0.2       active                  worker',
      '18511683        node3   127.1.0.3       active',
    ),
  );
  expect(stderr).toMatch(/^trace: GET \/v2\/droplets\?\S+ 200 .*\n$/);
});

test('what a manager told last is shown, also of a node that left', async () => {
  await w.belt('docker node promote node2');
  await w.belt('inspect node1');
  const swarms = async () =>
    JSON.parse((await w.belt('ls --json')).stdout).map(({ swarm }: { swarm: unknown }) => swarm);
  expect(await swarms()).toMatchObject([{ role: 'manager', leader: true }, { role: 'manager', leader: false }, null]);
  await w.belt('docker node demote node2');
  await w.belt('--host node2 docker swarm leave --force');
  await w.belt('inspect node1');
  expect(await swarms()).toMatchObject([{ role: 'manager', leader: true }, null, null]);
});
