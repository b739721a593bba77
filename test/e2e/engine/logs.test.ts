// `belt logs` and `belt ps` on real engines: tasks that move, a frozen engine, a swarm without a leader.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 240_000 };
const STACK = `
name: shop
services:
  tick:
    image: nginx:latest
    command: sh -c 'n=0; while true; do n=$$((n+1)); echo "line $$n of $$HOSTNAME"; sleep 0.2; done'
    deploy: {placement: {constraints: [node.labels.here == yes]}}
  tty:
    image: nginx:latest
    tty: true
    command: sh -c 'echo from a terminal; sleep 100000'
    deploy: {placement: {constraints: [node.hostname == node2]}}
  mute:
    image: nginx:latest
    logging: {driver: none}
`;

onEngines('the logs of the fleet', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    done(await w.belt('create 1gb node[1:2]', PATIENCE));
    done(await w.belt('swarm join node1 node2', PATIENCE));
    await here('node2');
    w.write('compose.yaml', STACK);
    done(await w.belt('deploy', PATIENCE));
  });
  afterAll(async () => {
    for (const node of ['node1', 'node2']) await onHost(w, node, 'pkill -CONT dockerd').catch(() => {});
    await w?.end();
  });

  /** Where the service `tick` may run. */
  const here = async (node: string) => {
    for (const one of ['node1', 'node2']) {
      done(await w.belt(`docker node update --label-add here=${one === node ? 'yes' : 'no'} ${one}`, PATIENCE));
    }
  };
  const numbers = (text: string) => [...text.matchAll(/line (\d+) of (\w+)/g)].map(([, n, host]) => `${host} ${n}`);

  it('reads each kind of log, and names the one that is not kept', async () => {
    const { code, stdout, stderr } = await w.belt('logs shop', PATIENCE);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: shop_mute.1: its logging driver "none" keeps no logs\n',
    });
    expect(stdout).toContain('shop_tick.1 | line 1 of ');
    expect(stdout).toContain('shop_tty.1  | from a terminal\n');
  });

  it('-f follows a task to another node, and a node that freezes and goes on, without a line lost or doubled', async () => {
    const { child, so, outcome } = w.start('logs -f shop_tick --tail 1', PATIENCE);
    await until('lines come', () => numbers(so().stdout).length > 3);
    const [before] = numbers(so().stdout);
    await here('node1');
    const other = () => numbers(so().stdout).find((line) => line.split(' ')[0] !== before!.split(' ')[0]);
    await until('the task’s next container is read', () => other());
    await onHost(w, 'node1', 'pkill -STOP dockerd');
    try {
      await until('it is told', () => so().stderr.includes('node1'));
      expect(so().stderr).toMatch(/^warning: node1: its Docker engine does not answer .*missing until it answers$/m);
    } finally {
      await onHost(w, 'node1', 'pkill -CONT dockerd');
    }
    await until('it is back', () => so().stderr.includes('node1 answers again'));
    const soFar = numbers(so().stdout).length;
    await until('more lines come', () => numbers(so().stdout).length > soFar + 5);
    child.kill('SIGINT');
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    const moved = numbers(stdout).filter((line) => line.split(' ')[0] === other()!.split(' ')[0]);
    expect(moved).toEqual(moved.map((line, n) => `${line.split(' ')[0]} ${n + 1}`));
  });

  it('a frozen node’s part is missing: exit code 3; the rest is shown', async () => {
    await onHost(w, 'node1', 'pkill -STOP dockerd');
    const [logs, ps] = await Promise.all([w.belt('logs shop', PATIENCE), w.belt('ps --timeout 8', PATIENCE)]).finally(
      () => onHost(w, 'node1', 'pkill -CONT dockerd'),
    );
    expect(logs.code).toBe(3);
    expect(logs.stderr).toMatch(/^error: 1 of 2 failed: node1$/m);
    expect(ps.code).toBe(3);
    expect(ps.stdout).toMatch(/^node2 +shop_tty\.1 /m);
  });

  it('without a leader the engines say what runs, and what it wrote', async () => {
    // Two managers, of which one is frozen: there is no majority.
    done(await w.belt('docker node promote node2', PATIENCE));
    await until('node2 is a manager', async () => (await w.belt('--host node2 docker node ls', PATIENCE)).code === 0);
    await onHost(w, 'node1', 'systemctl stop docker.socket docker');
    const logs = await w.belt('logs shop --node node2', PATIENCE);
    expect({ code: logs.code, lines: logs.stdout.split('\n').length > 1 }).toEqual({ code: 0, lines: true });
    const ps = await w.belt('ps', PATIENCE);
    expect(ps.code).toBe(3);
    expect(ps.stderr).toMatch(/^warning: shown is what the nodes’ own engines say: /m);
    expect(ps.stdout).toMatch(/^node2 +shop_/m);
  });
});
