// Deeds on engine hosts and looks at them from outside: actions, knocks at ports, cloud firewalls.
import net from 'node:net';
import { api, droplet, onHost, until } from '../../support/probe.ts';
import type { Outcome, World } from '../world.ts';
import { engineWorld } from './engine.ts';

/** A world with these nodes. */
export async function worldOf(nodes: string): Promise<World> {
  const w = await engineWorld();
  done(await w.belt(`create 512mb ${nodes}`));
  return w;
}

/** What it printed. @throws when it failed */
export function done({ code, stdout, stderr }: Outcome): string {
  if (code !== 0) throw new Error(`ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

export { act, droplet } from '../../support/probe.ts';

/** Waits until SSH answers on the host. */
export const answersSsh = (w: World, name: string) =>
  until(`${name} answers SSH`, () => onHost(w, name, 'true').catch(() => undefined));

/** How a knock at a port is answered: silence is what a firewall gives. */
export type Answer = 'open' | 'refused' | 'silence';

const PATIENCE_MS = 2_000;

/** Knocks at a port from the machine that runs belt. */
export function knock(host: string, port: number): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const settle = (answer: Answer) => {
      socket.destroy();
      resolve(answer);
    };
    // An answer that has come while this process was kept from running is read first.
    socket.setTimeout(PATIENCE_MS, () => setTimeout(settle, 50, 'silence'));
    socket.once('connect', () => settle('open'));
    socket.once('error', () => settle('refused'));
  });
}

/** Knocks at a port from a droplet; the time is bash's own as well. */
export async function knockFrom(w: World, name: string, host: string, port: number): Promise<Answer> {
  const { code } = await onHost(w, name, `timeout ${(2 * PATIENCE_MS) / 1000} bash -c ': < /dev/tcp/${host}/${port}'`);
  return ({ 0: 'open', 124: 'silence' } as const)[code as 0] ?? 'refused';
}

/** Has the cloud filter the node's traffic as the rules say; resolves when it is done. Gives what takes it away again. */
export async function firewall(w: World, name: string, rules: object): Promise<() => Promise<void>> {
  const { id } = await droplet(w, name);
  const words = { name: `for-${name}`, droplet_ids: [id], ...rules };
  const made = (await api(w, 'POST', '/v2/firewalls', words)) as { firewall: { id: string } };
  const path = `/v2/firewalls/${made.firewall.id}`;
  await until('the firewall is there', async () => {
    const now = (await api(w, 'GET', path)) as { firewall: { status: string } };
    return now.firewall.status === 'succeeded';
  });
  return async () => {
    await api(w, 'DELETE', path);
  };
}

/** Takes away the firewall that an image may bring: it answers nobody, and what the cloud's lets through is not seen then. */
export const NO_OWN_FIREWALL = '! command -v ufw > /dev/null || ufw disable > /dev/null';

/** Rules for `firewall`. */
export const EVERYWHERE = { addresses: ['0.0.0.0/0', '::/0'] };
export const SSH_IN = { protocol: 'tcp', ports: '22', sources: EVERYWHERE };
export const ALL_OUT = [
  { protocol: 'tcp', ports: 'all', destinations: EVERYWHERE },
  { protocol: 'udp', ports: 'all', destinations: EVERYWHERE },
  { protocol: 'icmp', destinations: EVERYWHERE },
];
