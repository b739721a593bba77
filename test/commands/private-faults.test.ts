// What goes wrong on the way to private nodes: whose fault it is, and what helps.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { act, lines, stateFile, told } from '../support/probe.ts';

const w = world();
/** Another's public key. */
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIGVycm9ycyBhcmUgdmFsdWVzIHRvbyBhbHdheXMgYWxl';
/** Another cluster's node, which is a host of the user's own here. */
const OUTSIDE = { env: { BELT_CLUSTER: 'elsewhere' } };
let bastion: { env: { DIGITALOCEAN_SSH_JUMP: string } };

beforeAll(async () => {
  await w.sandbox();
  await makeNatGateway(w);
  w.env['DIGITALOCEAN_SSH_JUMP'] = 'node1';
  for (const words of ['create 512mb node1', 'create 512mb w[1:2] --private']) await w.belt(words);
  await w.belt('create 512mb bastion', OUTSIDE);
  const address = (await w.belt('ip bastion', OUTSIDE)).stdout.trim();
  bastion = { env: { DIGITALOCEAN_SSH_JUMP: `root@${address}:${w.env['DIGITALOCEAN_SSH_PORT']}` } };
});
afterAll(() => w.end());

const masked = (text: string) => text.replace(/SHA256:[\w+/]{43}/g, 'KEY').replace(/127\.1\.0\.\d+/g, 'ADDRESS');

/** Nodes end in any order. */
const sorted = (text: string) => lines(...text.trimEnd().split('\n').toSorted());

describe('a jump host that is no node', () => {
  test('is not trusted before its key was accepted, and each node says so', async () => {
    const { code, stderr } = await w.belt('exec w[1:2] -- true', bastion);
    expect({ code, stderr: sorted(masked(stderr)) }).toEqual({
      code: 255,
      stderr: lines(
        '0 ok, 2 failed: w[1:2]',
        'w1 | error: w1 (10.104.0.3): the jump host ADDRESS: its host key is not known here: it presented KEY',
        'w1 | hint: compare that with what its administrator says, then: belt trust --jump',
        'w2 | error: w2 (10.104.0.4): the jump host ADDRESS: its host key is not known here: it presented KEY',
        'w2 | hint: compare that with what its administrator says, then: belt trust --jump',
      ),
    });
  });

  test('trust --jump shows the key, and pins it', async () => {
    const asked = await w.belt('trust --jump', bastion);
    expect({ code: asked.code, stderr: masked(asked.stderr) }).toEqual({
      code: 2,
      stderr: lines(
        'ADDRESS presents the host key KEY',
        'error: trust asks first, but there is no terminal to ask on',
        'hint: compare the fingerprint, then add -y',
      ),
    });
    expect((await w.belt('trust --jump -y', bastion)).code).toBe(0);
    expect(await w.belt('exec w1 -- hostname', bastion)).toMatchObject({ code: 0, stdout: 'w1 | w1\n' });
  });

  test('with another key than the pinned one is refused', async () => {
    const file = stateFile(w, 'known_hosts');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace(/^(belt-jump-\S+ ssh-ed25519) \S+/m, `$1 ${OTHER}`));
    const { code, stderr } = await w.belt('exec w1 -- true', bastion);
    writeFileSync(file, before);
    expect({ code, stderr: masked(stderr) }).toEqual({
      code: 255,
      stderr: lines(
        'w1 | error: w1 (10.104.0.3): the jump host ADDRESS: its host key does not match the pinned one: it presented KEY, but KEY is pinned',
        'w1 | hint: another machine may answer there; if you know why the key changed: belt trust --jump',
      ),
    });
  });

  test('a node as the jump host is trusted by its name', async () => {
    expect(told(await w.belt('trust --jump'))).toEqual({
      code: 2,
      error: 'the jump host node1 is a node of the cluster',
      hint: 'pin its key by its name: belt trust node1',
    });
  });
});

test('a node that is off is at fault itself', async () => {
  await act(w, 'w2', 'power_off');
  const { code, stdout, stderr } = await w.belt('exec w[1:2] -- hostname');
  expect({ code, stdout, stderr }).toEqual({
    code: 255,
    stdout: 'w1 | w1\n',
    stderr: lines(
      'w2 | error: w2 (10.104.0.4): no answer (through the jump host node1)',
      'w2 | hint: it is powered off: power it on in the control panel',
      '1 ok, 1 failed: w2',
    ),
  });
});

test('a jump host that is off is named for each node behind it', async () => {
  await act(w, 'node1', 'power_off');
  const { code, stderr } = await w.belt('exec w[1:2] -- hostname');
  expect({ code, stderr: sorted(stderr) }).toEqual({
    code: 255,
    stderr: lines(
      '0 ok, 2 failed: w[1:2]',
      'w1 | error: w1 (10.104.0.3): the jump host node1 does not answer (connection refused)',
      'w2 | error: w2 (10.104.0.4): the jump host node1 does not answer (connection refused)',
    ),
  });
});
