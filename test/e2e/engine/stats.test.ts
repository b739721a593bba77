// `belt stats` and `belt info` on real engines, the oldest that belt knows among them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 120_000 };
const MIB = 2 ** 20;

interface Used {
  node: string;
  name: string;
  cpuPercent: number | null;
  memoryBytes: number;
  memoryLimitBytes: number;
  receivedBytes: number;
  sentBytes: number;
  processes: number;
}

onEngines('what containers use', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    done(await w.belt('create 1gb node1 --image docker-22-04', PATIENCE));
    done(await w.belt('create 1gb node2 --image docker-20-04', PATIENCE));
    for (const node of ['node1', 'node2']) {
      const run = (words: string) => onHost(w, node, `docker run -d --network none ${words}`);
      expect((await run('--name busy -m 64m nginx sh -c "while :; do :; done"')).code).toBe(0);
      expect((await run('--name idle nginx sleep 100000')).code).toBe(0);
      expect((await onHost(w, node, 'docker run -d --name web -p 80:80 nginx')).code).toBe(0);
    }
  }, 240_000);
  afterAll(() => w?.end());

  const stats = async (words = ''): Promise<Used[]> =>
    JSON.parse(done(await w.belt(`stats --json ${words}`, PATIENCE)));

  /** Whether the machine's kernel gives containers control groups that measure; elsewhere docker itself says 0. */
  const measures = async (node: string): Promise<boolean> =>
    (await onHost(w, node, "docker info --format '{{.MemoryLimit}}'")).stdout.trim() === 'true';

  it('CPU and memory, as docker on the node says', async () => {
    const all = await stats();
    expect(all.map(({ node, name }) => `${node}/${name}`)).toEqual(
      ['node1', 'node2'].flatMap((node) => ['busy', 'idle', 'web'].map((name) => `${node}/${name}`)),
    );
    for (const node of ['node1', 'node2']) {
      const [busy, idle] = all.filter((one) => one.node === node) as [Used, Used];
      if (!(await measures(node))) {
        const none = { cpuPercent: 0, memoryBytes: 0, memoryLimitBytes: 0, processes: 0, receivedBytes: 0 };
        expect([busy, idle]).toMatchObject([none, none]);
        expect(
          (await onHost(w, node, "docker stats --no-stream --format '{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}' busy"))
            .stdout,
        ).toBe('0.00% 0B / 0B 0\n');
        continue;
      }
      // How much it gets depends on what else the machine does.
      expect(busy.cpuPercent).toBeGreaterThan(1);
      expect(idle.cpuPercent).toBeLessThan(busy.cpuPercent!);
      expect(busy).toMatchObject({ processes: 1, receivedBytes: 0 });
      const format = `docker stats --no-stream --format '{{.MemUsage}}' busy`;
      const [, used, unit, limit] = /^([\d.]+)([KM])iB \/ (\d+)MiB/.exec((await onHost(w, node, format)).stdout) ?? [];
      const theirs = Number(used) * (unit === 'M' ? MIB : 1024);
      expect(Math.abs(busy.memoryBytes - theirs)).toBeLessThan(0.2 * theirs + 65_536);
      expect(busy.memoryLimitBytes).toBe(Number(limit) * MIB);
    }
  });

  it('the network', async () => {
    const web = async () => (await stats('node1 web'))[0]!;
    const before = await web();
    const { publicAddress } = (await w.status()).droplets.find(({ name }) => name === 'node1')!;
    for (let n = 0; n < 20; n++) await (await fetch(`http://${publicAddress}/`)).text();
    const after = await web();
    expect(after.receivedBytes - before.receivedBytes).toBeGreaterThan(20 * 100);
    expect(after.sentBytes - before.sentBytes).toBeGreaterThan(20 * 100);
  });

  it('a frozen engine is named, and the rest shown, by both', async () => {
    await onHost(w, 'node2', 'pkill -STOP dockerd');
    try {
      const used = await w.belt('stats -q --timeout 5', PATIENCE);
      expect([used.code, used.stdout]).toEqual([3, 'node1/busy\nnode1/idle\nnode1/web\n']);
      expect(used.stderr).toMatch(/^error: 1 of 2 failed: node2\n {2}node2: its Docker engine does not answer/);
      const told = await w.belt('info', PATIENCE);
      expect(told.code).toBe(3);
      expect(told.stdout).toContain('  └ Containers: 3 (3 Running, 0 Paused, 0 Stopped)\n');
      expect(told.stderr).toMatch(/^error: 1 of 2 failed: node2\n {2}node2: its Docker engine is silent \(2 s\)/);
    } finally {
      await onHost(w, 'node2', 'pkill -CONT dockerd');
    }
  });

  it('all engines at a glance', async () => {
    const { nodes } = JSON.parse(done(await w.belt('info --json', PATIENCE)));
    const memoryBytes = (await measures('node1')) ? 64 * MIB : 0;
    expect(nodes).toMatchObject([
      { name: 'node1', answers: true, containers: { running: 3 }, reserved: { memoryBytes } },
      { name: 'node2', answers: true, containers: { running: 3 }, engine: expect.stringMatching(/^20\.10\./) },
    ]);
  });
});
