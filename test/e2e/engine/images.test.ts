// What droplets boot from: the versions of Docker side by side, the firewall of DigitalOcean's images, and disks that were kept.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { act, api, droplet, onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

onEngines('the images', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    const of = (name: string, image: string) => w.belt(`create 512mb ${name} --image ${image}`);
    const made = [of('a1', 'docker-20-04'), of('b1', 'docker-22-04'), of('c1', 'ubuntu-24-04-x64')];
    for (const one of await Promise.all(made)) done(one);
  });
  afterAll(() => w?.end());

  const on = async (name: string, command: string) => (await onHost(w, name, command)).stdout;

  it('have Docker 20.10, 26.1 and 28.5, which are one swarm', async () => {
    done(await w.belt('swarm init b1'));
    done(await w.belt('swarm join b1 a1 c1'));
    const words = ['--host', 'b1', 'docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.EngineVersion}}'];
    const listed = await until('all are ready', async () => {
      const all = done(await w.belt(words))
        .trim()
        .split('\n');
      return all.every((line) => line.includes(' Ready ')) && all;
    });
    expect(listed.toSorted()).toEqual([
      expect.stringMatching(/^a1 Ready 20\.10\./),
      expect.stringMatching(/^b1 Ready 26\.1\./),
      expect.stringMatching(/^c1 Ready 28\.5\./),
    ]);
  });

  it('of DigitalOcean’s that bring Docker have a firewall of their own, which belt sets right', async () => {
    for (const name of ['a1', 'b1']) {
      const rules = await on(name, 'ufw status');
      expect(rules).toMatch(/^Status: active\n/);
      expect(rules).toMatch(/^2377\/tcp on eth1 +ALLOW /m);
      expect(rules).not.toContain('LIMIT');
      expect(await on(name, 'cat /var/lib/digitalocean/application.info')).toMatch(/^application_name=/);
    }
    expect(await on('c1', 'ufw status')).toBe('Status: inactive\n');
  });

  it('tell a droplet what it is, at the metadata service', async () => {
    const { id } = await droplet(w, 'c1');
    expect(await on('c1', 'curl -s 169.254.169.254/metadata/v1/id')).toBe(String(id));
    expect((await on('c1', 'curl -s 169.254.169.254/metadata/v1/tags')).split('\n')).toContain('belt');
  });

  it('that are snapshots begin with the disk that was kept', async () => {
    expect(await on('c1', 'echo kept > /root/kept; docker tag nginx mine; echo done')).toBe('done\n');
    await act(w, 'c1', 'shutdown');
    await until('c1 is off', async () => (await droplet(w, 'c1')).status === 'off');
    await act(w, 'c1', 'snapshot', { name: 'of-c1' });
    const { snapshots } = (await api(w, 'GET', `/v2/droplets/${(await droplet(w, 'c1')).id}/snapshots`)) as {
      snapshots: { id: number }[];
    };
    done(await w.belt(`create 512mb d1 --no-engine --image ${snapshots[0]!.id}`));
    expect(await on('d1', 'hostname; cat /root/kept; docker images -q mine | wc -l')).toBe('d1\nkept\n1\n');
  });
});
