// Hosts that limit how many SSH connections they take within 30 s, as `ufw limit` does on DigitalOcean's images with Docker.
import { afterAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { lines } from '../support/probe.ts';
import { expectDone, SHOP } from '../support/shop.ts';

const worlds: World[] = [];
afterAll(() => Promise.all(worlds.map((one) => one.end())));

async function limited(fault: string): Promise<World> {
  const w = world();
  worlds.push(w);
  await w.sandbox(`--boot-seconds 0 --api-latency 0 --fault ${fault}`);
  return w;
}

describe.concurrent('a host that limits SSH connections', () => {
  it('takes part in a whole up, which meets each node three times', async () => {
    const w = await limited('ssh-limit=3');
    w.write('.belt.yaml', SHOP);
    const outcome = await w.belt('up --yes');
    expectDone(outcome);
    expect(outcome.stderr).not.toContain('refused');
    expect((await w.status()).droplets).toHaveLength(8);
  });

  it('is told of where it refuses, with what to do', async () => {
    const w = await limited('ssh-limit=5@node1');
    // Made with two logins.
    expect((await w.belt('create 512mb node1')).code).toBe(0);
    const codes: number[] = [];
    for (let n = 0; n < 3; n++) codes.push((await w.belt('--host node1 docker version')).code);
    expect(codes).toEqual([0, 0, 0]);
    const { code, stderr } = await w.belt('--host node1 docker version');
    expect({ code, stderr: stderr.replace(/127[.\d]+/, 'ADDRESS') }).toEqual({
      code: 255,
      stderr: lines(
        'error: node1 (ADDRESS): connection refused',
        'hint: if you reached it a moment ago, its own firewall may limit SSH connections (ufw limit: five in 30 s): wait 30 s, then try again',
      ),
    });
  });
});
