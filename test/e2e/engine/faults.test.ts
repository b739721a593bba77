// Hosts that misbehave, with real engines: no SSH, connections that are cut, an engine that is late. `up` ends well all the same.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, names, onHost } from '../../support/probe.ts';
import type { Outcome, World } from '../world.ts';
import { done, droplet } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
`;
const FAULTS = '--fault no-ssh@w1 --fault ssh-reset=2@w2 --fault engine-late=4@m1';

onEngines('belt up on hosts that misbehave', () => {
  let w: World;
  let outcome: Outcome;
  beforeAll(async () => {
    w = await engineWorld(FAULTS);
    w.write('.belt.yaml', FILE);
    outcome = await w.belt('up --yes --timeout 30');
  });
  afterAll(() => w?.end());

  it('ends well', async () => {
    done(outcome);
    const list = await w.belt(['--host', 'm1', 'docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}}']);
    expect(list.stdout.trim().split('\n').toSorted()).toEqual(['m1 Ready', 'w1 Ready', 'w2 Ready']);
  });

  it('no-ssh: the droplet that never answered is gone, and another has its name', async () => {
    expect(outcome.stderr).toContain(lines('w1 never became reachable; recreating it'));
    expect(await names(w)).toEqual(['m1', 'w1', 'w2']);
    const others = await Promise.all(['m1', 'w2'].map((name) => droplet(w, name)));
    expect((await droplet(w, 'w1')).id).toBeGreaterThan(Math.max(...others.map(({ id }) => id)));
  });

  it('ssh-reset: both connections were cut, and belt came again', async () => {
    expect(await onHost(w, 'w2', 'cat /var/lib/sandbox-resets')).toEqual({ code: 0, stdout: '0\n' });
  });

  it('engine-late: the engine answered so much later than SSH', async () => {
    const { sshAt, engineAt } = (await droplet(w, 'm1')).timeline;
    expect(engineAt! - sshAt!).toBeGreaterThan(4_000);
  });
});
