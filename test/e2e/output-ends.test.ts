// What becomes of belt where its output has no room or no reader, and of signals and folders that nobody expects.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listing, madeUpApi, reply } from '../support/made-up-api.ts';
import { until } from '../support/probe.ts';
import { BELT, type World, world } from './world.ts';

describe('a process of belt', () => {
  let w: World;
  let endApi: () => void;
  let held = false;
  let asked = false;
  beforeAll(async () => {
    w = world();
    endApi = await madeUpApi(w, (request, response) => {
      asked = true;
      if (!held) reply(response, 200, listing('node1', request));
    });
  });
  afterAll(async () => {
    endApi();
    await w.end();
  });

  test.skipIf(process.platform !== 'linux')('a result that cannot be kept is an error', async () => {
    for (const words of ['ls', 'ls --json', 'version', 'help', 'ls --help', '--version']) {
      const { code, stderr } = await w.shell(`belt ${words} > /dev/full`);
      expect([words, code, stderr]).toEqual([
        words,
        1,
        'error: cannot write to standard output: no space left on device\n',
      ]);
    }
    const gone = await w.shell('belt ls > /dev/full 2> /dev/full');
    expect(gone.code).toBe(1);
  });

  test('a reader that has seen enough is no error', async () => {
    const { stdout, stderr } = await w.shell('belt help | head -n 1');
    expect(stdout).toMatch(/^Docker Swarm on DigitalOcean/);
    expect(stderr).toBe('');
  });

  test('SIGUSR1 opens no debugger', async () => {
    held = true;
    asked = false;
    const { child, outcome } = w.start('ls --trace');
    try {
      await until('it asks', () => asked);
      child.kill('SIGUSR1');
      child.kill('SIGINT');
      const { stderr } = await outcome;
      expect(stderr).not.toMatch(/debugger/i);
    } finally {
      held = false;
    }
  });

  test('a folder that was deleted is told as such', async () => {
    const gone = await w.shell(`mkdir gone && cd gone && rmdir ../gone && "${process.execPath}" "${BELT}" ls`);
    expect([gone.code, gone.stderr]).toEqual([
      2,
      'error: the current folder no longer exists\nhint: change to another one: cd\n',
    ]);
  });
});
