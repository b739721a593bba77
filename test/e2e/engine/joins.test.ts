// Joins that do not go smoothly, with the Swarm's own timeouts, refusals and elections.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, onHost, until } from '../probe.ts';
import type { World } from '../world.ts';
import { ALL_OUT, act, answersSsh, done, firewall, SSH_IN, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

/** What the Swarm of a node says of its nodes: `node1 Ready Leader`, … sorted. */
const NODE_LS = ['docker', 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'];
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
  }, 180_000);
  afterAll(() => w?.end());

  const nodes = async () => listed(done(await w.belt(['--host', 'node1', ...NODE_LS])));

  it('that the engine gave up waiting for is followed until the port opens', async () => {
    const open = await firewall(w, 'node1', { inbound_rules: [SSH_IN], outbound_rules: ALL_OUT });
    const joining = w.start('swarm join node1 node2 --no-firewall', { timeoutMs: 150_000 });
    // The engine's own words after 20 s.
    await until(
      'the engine on node2 stops waiting',
      async () => (await onHost(w, 'node2', 'journalctl -u docker | grep -c "Timeout was reached"')).code === 0,
      60_000,
    );
    expect(joining.child.exitCode).toBe(null);
    await open();
    const { code, stdout } = await joining.outcome;
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('node2: This node joined a Swarm as a worker.') });
    expect(await nodes()).toEqual(['node1 Ready Leader', 'node2 Ready']);
  });

  it('that came to nothing is finished by the same command, once the port is open', async () => {
    const open = await firewall(w, 'node1', { inbound_rules: [SSH_IN], outbound_rules: ALL_OUT });
    const { code, stderr } = await w.belt('swarm join node1 late1 --timeout 5 --no-firewall');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^error: late1 is still trying to join.*\nhint: open 2377\/tcp, /),
    });
    const state = ['--host', 'late1', 'docker', 'info', '--format', '{{.Swarm.LocalNodeState}}'];
    await until('its engine gives up', async () => (await w.belt(state)).stdout === 'error\n', 90_000);
    await open();
    expect(await w.belt('swarm join node1 late1 --no-firewall')).toEqual({
      code: 0,
      stdout: lines('late1: This node joined a Swarm as a worker.'),
      stderr: '',
    });
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
  }, 180_000);
  afterAll(() => w?.end());

  const nodes = async () => listed(done(await w.belt(['--host', 'node1', ...NODE_LS])));

  it('while others join: they get in, and it comes back', async () => {
    done(await w.belt('swarm join --manager node1 node[2:3] --no-firewall', { timeoutMs: 150_000 }));
    const joining = w.start('swarm join node1 node[4:5] --no-firewall', { timeoutMs: 150_000 });
    await act(w, 'node3', 'power_off');
    const { code, stdout } = await joining.outcome;
    expect({ code, stdout: stdout.split('\n').sort() }).toEqual({
      code: 0,
      stdout: ['', ...['node4', 'node5'].map((name) => `${name}: This node joined a Swarm as a worker.`)],
    });
    await until('the others miss it', async () => (await nodes()).includes('node3 Down Unreachable'), 60_000);
    await act(w, 'node3', 'power_on');
    await answersSsh(w, 'node3');
    await until('it is back', async () => (await nodes()).includes('node3 Ready Reachable'), 60_000);
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
    await until('there is a leader', async () => (await w.belt('--host node2 docker node ls')).code === 0, 60_000);
    const { code, stdout } = await w.belt('swarm join node2 node4 --no-firewall', { timeoutMs: 150_000 });
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines('node4: This node joined a Swarm as a worker.') });
  });
});
