import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FirewallRule, FirewallRules } from '../../../src/sandbox/firewall.ts';
import type { Host } from '../../../src/sandbox/types.ts';
import { runOver, startWorld, type World } from './with-hosts.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const tcp = (port: number, ...addresses: string[]): FirewallRule => ({
  protocol: 'tcp',
  ports: { first: port, last: port },
  addresses,
});
const onlyIn = (...inbound: FirewallRule[]): FirewallRules => ({
  inbound,
  outbound: [{ protocol: 'tcp', addresses: ['0.0.0.0/0'] }],
});
const docker = async (name: string, words: string) => {
  const { stdout, stderr } = await world.run(name, `docker ${words}`);
  return stdout + stderr;
};

describe('SSH behind a firewall', () => {
  let host: Host;
  beforeAll(async () => {
    host = await world.add('guarded');
    await world.add('open');
  });
  const login = () => world.connect('guarded', { readyTimeout: 10_000 });
  /** Longer than the same host's neighbour takes to let somebody in, on however busy a machine. */
  const longEnough = async () => {
    for (let logins = 0; logins < 3; logins++)
      await runOver(await world.connect('open', { readyTimeout: 10_000 }), 'true');
  };
  /** Connects, says who it is as an SSH client does, and hears what comes until `end`. */
  const listener = () => {
    const socket = connect(world.port, world.addressOf('guarded'));
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    socket.write('SSH-2.0-probe\r\n');
    return { socket, heard: () => Buffer.concat(heard).toString('latin1') };
  };

  test.each([
    ['everybody', tcp(22, '0.0.0.0/0', '::/0'), true],
    ['everybody over IPv6', tcp(22, '::/0'), true],
    ['loopback', tcp(22, '127.0.0.0/8'), true],
    ['all ports', { protocol: 'tcp', addresses: ['0.0.0.0/0'] } as FirewallRule, true],
    ['another network', tcp(22, '203.0.113.0/24', '10.104.0.0/20'), false],
    ['another droplet on loopback', tcp(22, '127.99.1.2'), false],
    ['another port', tcp(80, '0.0.0.0/0'), false],
  ])('a rule for %s', async (_who, rule, isLetIn) => {
    await host.setFirewall(onlyIn(rule));
    if (isLetIn) {
      expect((await runOver(await login(), 'hostname')).stdout).toBe('guarded\n');
    } else {
      const { socket, heard } = listener();
      await longEnough();
      expect([heard(), socket.readyState]).toEqual(['', 'open']);
      socket.destroy();
    }
  });

  test('no word comes from it, not even the banner, which an open one sends at once', async () => {
    await host.setFirewall(onlyIn());
    const shut = listener();
    await longEnough();
    expect([shut.heard(), shut.socket.readyState]).toEqual(['', 'open']);
    shut.socket.destroy();
    await host.setFirewall(undefined);
    const open = listener();
    await expect.poll(open.heard).toMatch(/^SSH-2\.0-/);
    open.socket.destroy();
  });

  test('connections that stand stay; without a firewall everybody is let in again', async () => {
    await host.setFirewall(undefined);
    const client = await login();
    await host.setFirewall(onlyIn());
    expect((await runOver(client, 'hostname')).stdout).toBe('guarded\n');
    await host.setFirewall(undefined);
    await login();
  });

  test('a filtered connection does not keep the host from ending', async () => {
    await host.setFirewall(onlyIn());
    const socket = connect(world.port, world.addressOf('guarded'));
    const ended = new Promise((resolve) => socket.once('error', resolve));
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    await host.powerOff();
    expect(await ended).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a join behind a firewall', () => {
  const everywhere = tcp(22, '0.0.0.0/0');
  let manager: Host;
  let worker: Host;
  let join: string;

  beforeAll(async () => {
    manager = await world.add('manager');
    worker = await world.add('worker');
    await docker('manager', 'swarm init');
    const token = (await docker('manager', 'swarm join-token -q worker')).trim();
    join = `swarm join --token ${token} ${privateOf('manager')}:2377`;
  });

  const privateOf = (name: string) => `10.104.0.${world.addressOf(name).split('.').at(-1)}`;
  const state = async () => (await docker('worker', "info -f '{{.Swarm.LocalNodeState}}'")).trim();

  test('times out while the manager’s port is shut, and gets through once it is open to the private address', async () => {
    await manager.setFirewall(onlyIn(everywhere, tcp(2377, world.addressOf('worker'))));
    expect(await docker('worker', join)).toContain('Timeout was reached before node joined.');
    expect(await state()).toBe('pending');
    await manager.setFirewall(onlyIn(everywhere, tcp(2377, privateOf('worker'))));
    await expect.poll(state).toBe('active');
  });

  test('times out when the joining node may not speak', async () => {
    await docker('worker', 'swarm leave');
    await worker.setFirewall({ inbound: [everywhere], outbound: [] });
    expect(await docker('worker', join)).toContain('Timeout was reached before node joined.');
    await worker.setFirewall(onlyIn(everywhere));
    await expect.poll(state).toBe('active');
  });
});
