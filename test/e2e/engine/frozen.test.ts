// A real dockerd that is frozen (SIGSTOP) while its host answers SSH as ever: whatever asks it ends within its time.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost, processes, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: w1}
  firewall: false
`;
/** What belt starts, connects with and prints, on a machine that is busy with engines. */
const BESIDES_S = 30;

onEngines('a manager whose engine is frozen', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    w.write('.belt.yaml', FILE);
    done(await w.belt('up --yes'));
    expect(await onHost(w, 'm1', 'pkill -STOP dockerd')).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await onHost(w, 'm1', 'pkill -CONT dockerd').catch(() => {});
    await w?.end();
  });

  const endsWithin = async (words: string, seconds: number) => {
    const startMs = Date.now();
    const { code, stderr } = await w.belt(words);
    expect(Date.now() - startMs).toBeLessThan((seconds + BESIDES_S) * 1000);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^(error|warning): .*m1/m);
  };

  it('what asks it ends within its time, and not well', async () => {
    await Promise.all([endsWithin('ls @manager', 15), endsWithin('plan', 15), endsWithin('up --yes --timeout 10', 10)]);
  });

  it('docker itself waits as it does everywhere, and SIGTERM ends it at once', async () => {
    const { child, outcome } = w.start('--host m1 docker ps');
    await until('it runs there', async () => (await processes(w, 'm1')).some((line) => line.includes('docker ps')));
    expect(child.exitCode).toBeNull();
    const startMs = Date.now();
    child.kill('SIGTERM');
    expect((await outcome).code).not.toBe(0);
    expect(Date.now() - startMs).toBeLessThan(BESIDES_S * 1000);
  });

  it('that goes on again is asked as ever', async () => {
    expect(await onHost(w, 'm1', 'pkill -CONT dockerd')).toMatchObject({ code: 0 });
    done(await w.belt('up --yes --timeout 60'));
  });
});
