// What a folder that was cloned may decide, where a person is asked; and places that only a process can be in.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloned, keysInAccount, SETTINGS } from '../support/clone.ts';
import { names } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { world } from './world.ts';

const w = world();
const { path: repo, write, writeKey } = cloned(w);
afterAll(() => w.end());

describe('a .belt/ of the repository', () => {
  beforeAll(() => {
    write('.belt.yaml', SETTINGS);
    write('.belt/active.json', '{"default":"evil1"}');
    write('.belt/cluster', 'evil\n');
  });
  afterAll(() => rmSync(join(repo, '.belt'), { recursive: true }));

  it('on a terminal the user is asked about it, once', async () => {
    const at = terminal(w, `cd ${repo}; belt ls -q; belt ls -q`);
    await at.shows('If so, it is moved.');
    at.type('n\r');
    expect(await at.ended).toBe(0);
    expect(at.screen().split('it is moved.').length).toBe(2);
    expect(at.screen().match(/^node1\r$/gm)).toHaveLength(2);
  });
});

describe('a key of the repository', () => {
  let before = 0;
  beforeAll(async () => {
    before = await keysInAccount(w);
    writeKey();
  });

  it('a no on a terminal adds nothing, a yes does', async () => {
    const line = `cd ${repo}; unset DIGITALOCEAN_SSH_KEY_PATH; belt create 512mb new1`;
    const no = terminal(w, line);
    await no.shows('new droplets as root?');
    no.type('n\r');
    expect(await no.ended).toBe(1);
    expect([await keysInAccount(w), await names(w)]).toEqual([before, ['node1']]);
    const yes = terminal(w, line);
    await yes.shows('new droplets as root?');
    yes.type('y\r');
    expect(await yes.ended).toBe(0);
    expect(await keysInAccount(w)).toBe(before + 1);
  });
});

describe('odd places', () => {
  it.runIf(process.platform === 'linux')('--config takes a pipe, which is read once', async () => {
    const line = `bash -c 'belt --config <(cat .belt.yaml) cluster new piped && belt --config <(cat .belt.yaml) plan -q'`;
    const { code, stderr } = await w.shell(line);
    expect({ code, stderr }).toMatchObject({
      stderr: expect.stringContaining('described in .belt/clusters/piped.yaml'),
    });
    expect([2, 4]).toContain(code);
    rmSync(join(w.cwd, '.belt'), { recursive: true });
    await w.belt('cluster use default');
  });

  it.runIf(process.platform === 'linux')('--user-data takes a pipe', async () => {
    const data = "<(echo '#!/bin/sh'; sleep 0.2; echo uptime)";
    const line = `bash -c "belt create 512mb piped1 --dry-run --show-user-data --user-data ${data}"`;
    expect((await w.shell(line)).stdout).toContain('\nuptime\n');
  });
});
