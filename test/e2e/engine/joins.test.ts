// Joins that do not go smoothly, with the Swarm's own timeouts, refusals and elections.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { ALL_OUT, act, answersSsh, done, firewall, SSH_IN, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

/** What the Swarm of a node says of its nodes: `node1 Ready Leader`, … sorted. */
const NODE_LS = ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'];
const STATE = ['docker', 'info', '--format', '{{.Swarm.LocalNodeState}}'];
const listed = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim())
    .sort();

onEngines('a join', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:2] late1 other1');
  });
  afterAll(() => w?.end());

  const nodes = async () => listed(done(await w.belt(['--host', 'node1', ...NODE_LS])));

  it('that the engine gave up waiting for is followed until the port opens; one that came to nothing is finished by the same command', async () => {
    done(await w.belt('swarm init node1 --no-firewall'));
    const open = await firewall(w, 'node1', { inbound_rules: [SSH_IN], outbound_rules: ALL_OUT });
    // In a state folder of its own: it does not wait for the other to end.
    cpSync(w.env['BELT_STATE_DIR']!, join(w.home, 'other-state'), { recursive: true });
    const other = { env: { BELT_STATE_DIR: join(w.home, 'other-state') } };
    const joining = w.start('swarm join node1 node2 --no-firewall');
    const { code: failed, stderr } = await w.belt('swarm join node1 late1 --timeout 10 --no-firewall', other);
    expect({ code: failed, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^error: late1 is still trying to join.*\nhint: open 2377\/tcp, /),
    });
    // The engine's own words after 20 s.
    const log = 'journalctl -u docker | grep -c "Timeout was reached"';
    await until('the engine on node2 stops waiting', async () => (await onHost(w, 'node2', log)).code === 0);
    const state = async () => (await w.belt(['--host', 'late1', ...STATE])).stdout;
    await until('that on late1 gives up', async () => (await state()) === 'error\n');
    expect(joining.child.exitCode).toBe(null);
    await open();
    const { code, stdout } = await joining.outcome;
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('node2: This node joined a Swarm as a worker.') });
    expect(await w.belt('swarm join node1 late1 --no-firewall')).toEqual({
      code: 0,
      stdout: lines('late1: This node joined a Swarm as a worker.'),
      stderr: '',
    });
    expect(await nodes()).toEqual(['late1 Ready', 'node1 Ready Leader', 'node2 Ready']);
  });

  it('of a node that is in another swarm is refused, and --force takes it over', async () => {
    done(await w.belt('--host other1 docker swarm init --advertise-addr eth1'));
    expect(await w.belt('swarm join node1 other1 --no-firewall')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: other1 is in another swarm', 'hint: --force removes it from that one first'),
    });
    expect(await w.belt('swarm join node1 other1 --force --no-firewall')).toEqual({
      code: 0,
      stdout: lines('other1: This node joined a Swarm as a worker.'),
      stderr: '',
    });
    expect(await nodes()).toEqual(['late1 Ready', 'node1 Ready Leader', 'node2 Ready', 'other1 Ready']);
  });
});

onEngines('a manager is powered off', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:5]');
  });
  afterAll(() => w?.end());

  const nodes = async () => listed(done(await w.belt(['--host', 'node1', ...NODE_LS])));

  it('while others join: they get in, and it comes back', async () => {
    done(await w.belt('swarm join --manager node1 node[2:3] --no-firewall'));
    expect(await nodes()).toEqual(['node1 Ready Leader', 'node2 Ready Reachable', 'node3 Ready Reachable']);
    const joining = w.start('swarm join node1 node[4:5] --no-firewall');
    await act(w, 'node3', 'power_off');
    const { code, stdout } = await joining.outcome;
    expect({ code, stdout: stdout.split('\n').sort() }).toEqual({
      code: 0,
      stdout: ['', ...['node4', 'node5'].map((name) => `${name}: This node joined a Swarm as a worker.`)],
    });
    await until('the others miss it', async () => (await nodes()).includes('node3 Down Unreachable'));
    await act(w, 'node3', 'power_on');
    await answersSsh(w, 'node3');
    await until('it is back', async () => (await nodes()).includes('node3 Ready Reachable'));
    expect(await nodes()).toEqual([
      'node1 Ready Leader',
      'node2 Ready Reachable',
      'node3 Ready Reachable',
      'node4 Ready',
      'node5 Ready',
    ]);
  });

  it('is the one that was asked: another lets them in', async () => {
    await act(w, 'node1', 'power_off');
    done(await w.belt('--host node4 docker swarm leave'));
    // Two of three managers are left: they elect a leader first.
    await until('there is a leader', async () => (await w.belt('--host node2 docker node ls')).code === 0);
    const { code, stdout } = await w.belt('swarm join node2 node4 --no-firewall');
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('node4: This node joined a Swarm as a worker.') });
  });
});
