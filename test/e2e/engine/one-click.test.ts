// DigitalOcean's 1-Click images as they are: ufw limits SSH and shuts the swarm's ports, and a first boot answers with a notice.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { api, onHost, until } from '../../support/probe.ts';
import type { Outcome, World } from '../world.ts';
import { done, droplet } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const NOTICE = 'Please wait while we get your droplet ready...';

/** ufw takes five connections in 30 s; one that it refuses counts as well. */
const WINDOW_MS = 31_000;

onEngines('a 1-Click image', () => {
  let w: World;
  let noticed: Outcome;
  beforeAll(async () => {
    w = await engineWorld();
    w.write('.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04}\n');
    const { ssh_keys: keys } = (await api(w, 'GET', '/v2/account/keys')) as { ssh_keys: { id: number }[] };
    const byHand = { name: 'u1', region: 'sgp1', size: 's-1vcpu-1gb', image: 'docker-20-04' };
    const [plain] = await Promise.all([
      w.belt('create 512mb n1'),
      w.belt('create 512mb f1 --image docker-22-04').then((outcome) => {
        noticed = outcome;
      }),
      // As somebody makes it by hand: nothing of belt's runs there.
      api(w, 'POST', '/v2/droplets', {
        ...byHand,
        tags: ['belt-cluster-default'],
        ssh_keys: keys.map(({ id }) => id),
      }),
    ]);
    done(plain);
  });
  afterAll(() => w?.end());

  /** Until the host takes a connection, and no more often than its ufw forgives. */
  const patiently = (words: string) =>
    until(words, async () => (await w.belt(words)).code === 0 || (await sleep(WINDOW_MS, false)));

  it('that answers with a notice at first is waited for, and the notice is shown once', async () => {
    expect(noticed.code, noticed.stderr).toBe(0);
    const told = 'f1: its image is still being set up and cannot run commands yet';
    expect(noticed.stderr.split(`${told} (${NOTICE}): waiting\n`)).toHaveLength(2);
    const end = "grep -c 'ForceCommand.*droplet' /etc/ssh/sshd_config; cloud-init status";
    expect((await onHost(w, 'f1', end)).stdout).toBe('0\nstatus: done\n');
  });

  it.each(['--host n1 docker ps', 'exec n1 -- true'])(
    'takes ten of belt %s in a row, though its ufw limits SSH',
    async (words) => {
      const codes: number[] = [];
      for (let n = 0; n < 10; n++) codes.push((await w.belt(words)).code);
      expect(codes).toEqual(Array(10).fill(0));
    },
  );

  it('that belt did not make shuts the swarm out: a join that fails says whose ufw it is, and what opens it', async () => {
    await until('u1 has booted', async () => (await droplet(w, 'u1')).timeline.engineAt !== undefined);
    await patiently('trust u1 -y');
    done(await w.belt('swarm init u1'));
    const { code, stderr } = await w.belt('swarm join u1 n1 --timeout 10');
    expect(code).toBe(1);
    const [warned, opens] =
      /^warning: ufw on u1 blocks 2377, 7946\/tcp and 4789, 7946\/udp on eth1: ssh root@\S+ (ufw .*)$/m.exec(stderr) ??
      [];
    expect(warned, stderr).toBeDefined();
    expect(stderr.indexOf('error: n1 is still trying to join')).toBeGreaterThan(stderr.indexOf(warned!));
    // Its words help.
    expect((await onHost(w, 'u1', opens!)).code).toBe(0);
    await patiently('swarm join u1 n1');
  });
});
