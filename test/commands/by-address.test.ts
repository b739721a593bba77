// Nodes that are named by their addresses, as Swarm v1 listed them.
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { told } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  expect((await w.belt('create 512mb node[1:3]')).code).toBe(0);
  w.env['XDG_RUNTIME_DIR'] = w.home;
  chmodSync(w.home, 0o700);
});
afterAll(() => w.end());

const IGNORED = 'ignored: port 2375; belt reaches engines through SSH\n';

test('a range of them, with the scheme and the port of a list for Swarm v1', async () => {
  expect(await w.belt('exec nodes://127.1.0.[2:3]:2375 -- hostname')).toMatchObject({
    code: 0,
    stdout: 'node2 | node2\nnode3 | node3\n',
    stderr: expect.stringContaining(IGNORED),
  });
  expect(await w.belt('ip 10.104.0.[2:3]')).toEqual({ code: 0, stdout: '127.1.0.1\n127.1.0.2\n', stderr: '' });
});

test('in belt with: of several, and of one', async () => {
  const { code, stdout, stderr } = await w.belt('with nodes://127.1.0.[1:2]:2375 -- env');
  expect([code, stderr]).toEqual([0, IGNORED]);
  expect(stdout).toMatch(/^DOCKER_HOST=unix:/m);
  expect((await w.belt('with 127.1.0.3 -- env')).stdout).toMatch(/^DOCKER_MACHINE_NAME=node3$/m);
});

test('the port is told once by a command that looks again after it asked', async () => {
  const { stderr } = await w.belt('rm nodes://127.1.0.3:2375 --yes');
  expect(stderr.split(IGNORED)).toHaveLength(2);
  expect((await w.belt('ls -q')).stdout).toBe('node1\nnode2\n');
});

test('addresses that no node has', async () => {
  expect(told(await w.belt('ip 127.1.0.[1:5]'))).toEqual({
    code: 2,
    error: 'there are no nodes 127.1.0.[3:5]',
    hint: 'there are node[1:2]',
  });
});
