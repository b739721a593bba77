// Managers that really lock themselves when they restart, and `belt up` that opens them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { act, done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

onEngines('a swarm whose managers lock themselves', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    w.write(
      '.belt.yaml',
      `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: shop, managers: {nodes: "m[1:3]"}, swarm: {autolock: true}}
`,
    );
    done(await w.belt('up --yes'));
  });
  afterAll(() => w?.end());

  const said = async (name: string, words: string) =>
    (await onHost(w, name, `docker ${words}`).catch(() => ({ stdout: '' }))).stdout.trim();
  const state = (name: string) => said(name, "info --format '{{.Swarm.LocalNodeState}}'");
  /** A manager hears of a lock, or that there is none any more, a moment after the others, and then writes its key anew. */
  const keeps = (name: string, key: 'a locked key' | 'an open key') =>
    until(`${name} keeps ${key}`, async () => {
      const { stdout } = await onHost(w, name, 'head -1 /var/lib/docker/swarm/certificates/swarm-node.key');
      return stdout.includes('PRIVATE KEY') && stdout.includes('ENCRYPTED') === (key === 'a locked key');
    });
  const reboot = async (name: string) => {
    await keeps(name, 'a locked key');
    await act(w, name, 'reboot');
    await until(`${name} is locked`, async () => (await state(name)) === 'locked');
  };
  const missed = (by: string, name: string) =>
    until(`${by} misses ${name}`, async () => /Down|Unreachable/.test(await said(by, `node ls -f name=${name}`)));
  const right = async () => {
    const { code, stdout } = await w.belt('up');
    return { code, stdout };
  };

  it('one that restarted is unlocked by up, with the key that another tells', async () => {
    await reboot('m2');
    await missed('m1', 'm2');
    expect((await w.belt('plan')).stdout).toMatch(/^~ +m2 +manager .* 6\.00 +unlock$/m);
    const { code, stdout, stderr } = await w.belt('up --yes --trace --debug');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('\nm2: was locked since it restarted;'),
    });
    expect(stdout + stderr).not.toContain('SWMKEY');
    expect(await state('m2')).toBe('active');
    await until('m1 sees m2', async () => /Ready .*Reachable/.test(await said('m1', 'node ls -f name=m2')));
    expect(await right()).toEqual({ code: 0, stdout: 'shop: 3 nodes, up to date\n' });
  });

  it('when all restarted, up says so; with the key given to two by hand it unlocks the third', async () => {
    const key = await said('m1', 'swarm unlock-key -q');
    await Promise.all(['m1', 'm2', 'm3'].map(reboot));
    expect(await w.belt('up --yes')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "error: m[1:3] have been locked since they restarted, and no other manager can provide the swarm's unlock key\nhint: unlock it with the key that you saved: belt --host m1 docker swarm unlock\n",
    });
    const unlocked = ['m1', 'm2'].map((name) => w.belt(`--host ${name} docker swarm unlock`, { input: `${key}\n` }));
    for (const outcome of await Promise.all(unlocked)) done(outcome);
    await missed('m1', 'm3');
    done(await w.belt('up --yes'));
    expect(await state('m3')).toBe('active');
  });

  it('a swarm that stands is changed, and then its managers come back by themselves', async () => {
    w.write(
      '.belt.yaml',
      'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\ncluster: {name: shop, managers: {nodes: "m[1:3]"}, swarm: {autolock: false}}\n',
    );
    expect((await w.belt('plan')).stderr).toContain('swarm: autolock will be turned off\nautolock to turn off;');
    done(await w.belt('up --yes'));
    expect(await said('m1', "info --format '{{.Swarm.Cluster.Spec.EncryptionConfig.AutoLockManagers}}'")).toBe('false');
    await keeps('m2', 'an open key');
    await act(w, 'm2', 'reboot');
    await until('m2 is back', async () => (await state('m2')) === 'active');
  });
});
