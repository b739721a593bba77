// `belt trust`; a host whose key changed is in bad-nodes.test.ts.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { lines, stateFile } from '../support/probe.ts';

describe('belt trust', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:2]');
  });
  afterAll(() => w.end());

  // Somebody who knows none of the droplets.
  const colleague = () => ({ env: { BELT_STATE_DIR: `${w.cwd}/colleague` } });

  test('a key that is pinned already is said to be', async () => {
    expect(await w.belt('trust node1')).toEqual({
      code: 0,
      stdout: 'node1: this key is already pinned\n',
      stderr: '',
    });
  });

  test('for programs one object, whether it was pinned now or before', async () => {
    const answer = async (words: string, world = {}) => JSON.parse((await w.belt(words, world)).stdout);
    const key = expect.stringMatching(/^SHA256:/);
    expect(await answer('trust node1 --json')).toEqual({ host: 'node1', key, change: null });
    expect(await answer('trust node2 --json -y', colleague())).toEqual({ host: 'node2', key, change: 'pinned' });
  });

  test('more than one node is refused', async () => {
    expect(await w.belt('trust node[1:2]')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines('error: "node[1:2]" matches 2 nodes: node1, node2', 'hint: choose one'),
    });
  });

  test('without a terminal it shows the key, and pins nothing', async () => {
    const { stderr, ...end } = await w.belt('trust node1', colleague());
    expect({ ...end, stderr: stderr.replace(/SHA256:[\w+/]{43}/, 'KEY') }).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'node1 (127.1.0.1) presents the host key KEY',
        'error: trust asks first, but there is no terminal to ask on',
        'hint: compare the fingerprint, then add -y',
      ),
    });
    expect((await w.belt('--host node1 docker version --format here', colleague())).code).toBe(255);
  });

  test('-y pins it: the node can be worked, and the key is the one that its maker has', async () => {
    expect(await w.belt('trust node1 -y', colleague())).toMatchObject({ code: 0, stdout: 'node1: pinned\n' });
    expect(await w.belt('--host node1 docker version --format here', colleague())).toEqual({
      code: 0,
      stdout: 'here\n',
      stderr: '',
    });
    const keys = (folder?: string) =>
      readFileSync(stateFile(w, 'known_hosts', folder), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[2]);
    expect(keys()).toEqual(expect.arrayContaining(keys(colleague().env.BELT_STATE_DIR)));
  });
});
