// `belt orphans`: what is billed and would be forgotten.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { api, breakIt, mend, until } from '../support/probe.ts';

const CONFIG = 'digitalocean: {region: sgp1, image: docker-20-04, ssh_key_fingerprint: 816630}\n';

describe('droplets that belt made and nothing uses', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', CONFIG);
    await w.sandbox();
    expect((await w.belt('create 1gb node[1:2]')).code).toBe(0);
  });
  afterAll(() => w.end());

  it('none, said so', async () => {
    expect(await w.belt('orphans')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no orphans among 2 droplets of belt\n',
    });
    expect(JSON.parse((await w.belt('orphans --json')).stdout)).toEqual({ orphans: [], usd: { monthly: 0, daily: 0 } });
  });

  it('a cluster that is not known here', async () => {
    const elsewhere = join(w.home, 'elsewhere');
    await w.belt('create 1gb lost1', { env: { BELT_CLUSTER: 'lost', BELT_STATE_DIR: elsewhere } });
    const { code, stdout, stderr } = await w.belt('orphans');
    expect(code).toBe(4);
    expect(stdout.split('\n')[0]).toMatch(/^ID +Name +Cluster +Age +Status +Why +USD\/month$/);
    expect(stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^\d+ +lost1 +lost +\d+s +active +unknown cluster +6\.00$/),
      '',
    ]);
    expect(stderr).toBe(
      '1 droplet, 6.00 USD a month\nlost: keep: belt cluster import lost · remove: belt cluster rm lost\n',
    );
    expect((await w.belt('orphans -q')).stdout).toBe('lost1\n');
  });

  it('the command that it names cleans', async () => {
    expect((await w.belt('cluster rm lost --yes')).code).toBe(0);
    expect((await w.belt('orphans')).code).toBe(0);
  });

  it('a cluster that was made here is known here, whatever its name', async () => {
    expect((await w.belt('create 1gb other1', { env: { BELT_CLUSTER: 'other' } })).code).toBe(0);
    const billed =
      'no description here names the cluster other, but it is billed: other1, 6.00 USD a month; see: belt cluster show other\n';
    expect(await w.belt('orphans')).toEqual({
      code: 0,
      stdout: '',
      stderr: `no orphans among 3 droplets of belt\n${billed}`,
    });
    // The chosen cluster is not told of.
    expect((await w.belt('orphans', { env: { BELT_CLUSTER: 'other' } })).stderr).not.toContain('the cluster other');
    expect((await w.belt('rm other1 -y', { env: { BELT_CLUSTER: 'other' } })).code).toBe(0);
  });

  it('one that is off is to be powered on, and removed only by who knows what that costs', async () => {
    const { id } = (await w.status()).droplets.find(({ name }) => name === 'node2')!;
    await api(w, 'POST', `/v2/droplets/${id}/actions`, { type: 'power_off' });
    await until('it is off', async () => (await w.status()).droplets.find((one) => one.id === id)?.status === 'off');
    const { code, stderr } = await w.belt('orphans');
    expect({ code, advice: stderr.split('\n')[1] }).toEqual({
      code: 4,
      advice: `default: node2: power it on in the control panel · remove, if it is not to come back (if it is a manager, its swarm loses it): belt rm ${id}`,
    });
    await api(w, 'POST', `/v2/droplets/${id}/actions`, { type: 'power_on' });
    await until('it is on', async () => (await w.status()).droplets.find((one) => one.id === id)?.status === 'active');
  });

  it('a run that was interrupted before anything was ready', async () => {
    await breakIt(w, 'no-ssh@slow1');
    const { outcome, interrupt } = w.start('create 1gb slow1');
    await until('it is active', async () =>
      (await w.status()).droplets.some(({ name, status }) => name === 'slow1' && status === 'active'),
    );
    interrupt();
    expect((await outcome).code).toBe(130);
    const { code, stdout } = await w.belt('orphans');
    expect({ code, row: stdout.split('\n')[1] }).toEqual({
      code: 4,
      row: expect.stringMatching(/slow1 .* never logged in to /),
    });
    await mend(w);
    expect((await w.belt('rm slow1 -y')).code).toBe(0);
    expect((await w.belt('orphans')).code).toBe(0);
  });

  it('--swarm: what its cluster’s swarm does not have', async () => {
    expect((await w.belt('create 1gb node[3:4]')).code).toBe(0);
    await w.belt('swarm join node1 node2');
    expect((await w.belt('orphans')).code).toBe(0);
    const { code, stdout } = await w.belt('orphans --swarm');
    expect({ code, lines: stdout.trim().split('\n').slice(1) }).toEqual({
      code: 4,
      lines: ['node3', 'node4'].map((name) =>
        expect.stringMatching(new RegExp(`^\\d+ +${name} +default .* not in its cluster’s swarm +6\\.00$`)),
      ),
    });
  });
});
