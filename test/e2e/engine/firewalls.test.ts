// Cloud firewalls on engine hosts: what the kernel lets through, whatever root on the droplet does.
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { onHost, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import {
  ALL_OUT,
  type Answer,
  act,
  answersSsh,
  droplet,
  EVERYWHERE,
  firewall,
  knock,
  knockFrom,
  NO_OWN_FIREWALL,
  SSH_IN,
  worldOf,
} from './deeds.ts';
import { onEngines } from './engine.ts';

const SERVE = `${NO_OWN_FIREWALL}; busybox httpd -p 8080 -h /srv`;
const ONLY_SSH = { inbound_rules: [SSH_IN], outbound_rules: ALL_OUT };

onEngines('a cloud firewall', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:2]');
  });
  afterAll(() => w?.end());

  let target = { public: '', private: '' };
  let remove: (() => Promise<void>) | undefined;
  const guard = async (rules: object) => {
    remove = await firewall(w, 'node1', rules);
  };
  const addressesOf = async (name: string) => {
    const { publicAddress, privateAddress } = await droplet(w, name);
    return { public: publicAddress, private: privateAddress };
  };
  const fromAll = async (port = 8080) =>
    Promise.all([
      knock(target.public, port),
      knock(target.private, port),
      knockFrom(w, 'node2', target.public, port),
      knockFrom(w, 'node2', target.private, port),
    ]);
  /**
   * Waits until those who are let in get in: a neighbour that asked for an address while the droplet was off asks again a little later,
   * and a machine that is busy may take longer than a knock. Nobody else may get in meanwhile.
   */
  const letsIn = (port: number, wanted: readonly Answer[]) =>
    until(`port ${port} answers ${wanted}`, async () => {
      const answers = await fromAll(port);
      for (const [n, answer] of answers.entries()) if (wanted[n] === 'silence') expect(answer).toBe('silence');
      return answers.join() === wanted.join();
    });
  const open: Answer[] = ['open', 'open', 'open', 'open'];
  const isOpen = (port: number) => letsIn(port, open);
  const silence = ['silence', 'silence', 'silence', 'silence'];

  beforeAll(async () => {
    target = await addressesOf('node1');
    for (const name of ['node1', 'node2']) await onHost(w, name, SERVE);
  });
  afterEach(async () => {
    await remove?.();
    remove = undefined;
    await until('nothing is filtered', async () => (await knock(target.public, 8080)) !== 'silence');
  });

  it('filters the public and the private side, from the machine and from other droplets', async () => {
    await isOpen(8080);
    await guard(ONLY_SSH);
    expect(await fromAll()).toEqual(silence);
    await isOpen(22);
    const ping = (seconds: number) =>
      spawnSync('/usr/bin/busybox', ['ping', '-c1', '-W', String(seconds), target.public]).status;
    expect(ping(1)).toBe(1);
    await remove?.();
    await until('the firewall is gone', async () => (await knock(target.public, 8080)) === 'open');
    await isOpen(8080);
    expect(ping(10)).toBe(0);
    remove = undefined;
  });

  it('leaves connections that stand alone', async () => {
    const socket = net.connect(8080, target.public);
    await new Promise((resolve) => socket.once('connect', resolve));
    await guard(ONLY_SSH);
    expect(await knock(target.public, 8080)).toBe('silence');
    const answer = new Promise<string>((resolve, reject) => {
      socket.once('data', (bytes) => resolve(String(bytes)));
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    socket.write('GET / HTTP/1.0\r\n\r\n');
    expect(await answer).toMatch(/^HTTP/);
    socket.destroy();
  });

  it('lets in whom a rule names: a droplet, a range, some ports', async () => {
    const { id } = await droplet(w, 'node2');
    const sources = { droplet_ids: [id] };
    const fromNode2 = { protocol: 'tcp', ports: '8000-8100', sources };
    await guard({ inbound_rules: [SSH_IN, fromNode2], outbound_rules: ALL_OUT });
    await letsIn(8080, ['silence', 'silence', 'open', 'open']);
    expect(await fromAll(8101)).toEqual(silence);
  });

  it('filters IPv6 by rules of its own', async () => {
    const { stdout } = await onHost(w, 'node1', 'ip -6 -o addr show dev eth0 scope link');
    const address = `${/fe80:[0-9a-f:]+/.exec(stdout)?.[0]}%eth0`;
    const opens = async () => (await knockFrom(w, 'node2', address, 22)) === 'open';
    await until('it is open before', opens);
    await guard({ inbound_rules: [{ ...SSH_IN, sources: { addresses: ['0.0.0.0/0'] } }], outbound_rules: ALL_OUT });
    await isOpen(22);
    expect(await knockFrom(w, 'node2', address, 22)).toBe('silence');
  });

  it('filters what the droplet sends: answers pass, other things do not', async () => {
    const other = await addressesOf('node2');
    const outbound_rules = [{ protocol: 'tcp', ports: '22', destinations: EVERYWHERE }];
    const anyTcp = { protocol: 'tcp', ports: 'all', sources: EVERYWHERE };
    await guard({ inbound_rules: [anyTcp], outbound_rules });
    await isOpen(8080);
    for (const address of Object.values(other)) {
      expect(await knockFrom(w, 'node1', address, 8080)).toBe('silence');
      await until('SSH gets out', async () => (await knockFrom(w, 'node1', address, 22)) === 'open');
    }
  });

  it('cannot be seen or lifted by root on the droplet', async () => {
    // Without what was counted meanwhile.
    const rules = async () => (await onHost(w, 'node1', "iptables-save | sed '/^#/d; s/ \\[.*//'")).stdout;
    const before = await rules();
    expect(before).toContain('*filter\n');
    await guard(ONLY_SSH);
    expect(await rules()).toBe(before);
    const lift = ['iptables -P INPUT ACCEPT', 'iptables -F', 'ip addr add 198.18.0.77/19 dev eth0'];
    await onHost(w, 'node1', lift.join('; '));
    try {
      expect(await fromAll()).toEqual(silence);
      // Not by an address that nobody gave it either.
      expect(await knock('198.18.0.77', 8080)).toBe('silence');
    } finally {
      await onHost(w, 'node1', 'ip addr del 198.18.0.77/19 dev eth0');
    }
  });

  it('holds over a power cycle, and over a rebuild', async () => {
    await guard(ONLY_SSH);
    for (const [type, more] of [
      ['power_cycle', {}],
      ['rebuild', { image: 'docker-20-04' }],
    ] as const) {
      await act(w, 'node1', type, more);
      await answersSsh(w, 'node1');
      await onHost(w, 'node1', SERVE);
      expect((await onHost(w, 'node1', ': < /dev/tcp/127.0.0.1/8080')).code).toBe(0);
      expect(await fromAll()).toEqual(silence);
      await isOpen(22);
    }
  });
});
