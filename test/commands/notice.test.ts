// Images that answer every command with a notice until their first boot is done (DigitalOcean's 1-Clicks): simulated by a fault.
import { afterAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { apart, cameUp } from '../support/coming-up.ts';
import { lines } from '../support/probe.ts';

const NOTICE = 'Please wait while we get your droplet ready...';
const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((one) => one.end())));

async function broken(fault: string): Promise<World> {
  const w = world();
  worlds.push(w);
  await w.sandbox(`--boot-seconds 0 --api-latency 0 --fault ${fault}`);
  return w;
}

describe.concurrent('a droplet that answers commands with a notice', () => {
  it('is waited for, and the notice is shown once', async () => {
    const w = await broken('notice=2@node1');
    const { code, stderr, nodes } = apart(await w.belt('create 512mb node[1:2]'));
    expect({ code, stderr, nodes }).toEqual({
      code: 0,
      stderr: lines(`node1: its image is still being set up and cannot run commands yet (${NOTICE}): waiting`),
      nodes: cameUp('node1', 'node2'),
    });
    expect(await w.belt('--host node1 docker version --format {{.Server.Version}}')).toMatchObject({ code: 0 });
  });

  it('and does so for longer than belt waits: the error has the notice', async () => {
    const w = await broken('notice=600@node1');
    const { code, stderr } = apart(await w.belt('create 512mb node[1:2] --timeout 3'));
    expect(code).toBe(3);
    expect(stderr).toContain(
      `error: 1 of 2 failed: node1\n  node1: it cannot run commands yet and answers each with "${NOTICE}"`,
    );
  });
});
