// The host keys that belt knows, in OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). A droplet is
// known as `belt-ID`, since addresses are used again; its address stands beside that, so that plain `ssh` can use the file.
import { keyBytes, keyLine } from './fingerprint.ts';

export interface PinnedHost {
  id: number;
  address: string;
  port: number;
}

/** The name of a droplet in the file: what `ssh -o HostKeyAlias=` takes. */
export const hostAlias = (id: number): string => `belt-${id}`;

const hostAddress = ({ address, port }: PinnedHost): string => (port === 22 ? address : `[${address}]:${port}`);

/** A droplet that was just made has no address yet. */
const hostNames = (host: PinnedHost): string =>
  host.address === '' ? hostAlias(host.id) : `${hostAlias(host.id)},${hostAddress(host)}`;

/** The keys pinned for a droplet, as wire bytes. */
export function pinnedKeys(file: string | undefined, id: number): Buffer[] {
  return entries(file)
    .filter(({ hosts }) => hosts.includes(hostAlias(id)))
    .flatMap(({ key }) => keyBytes(key) ?? []);
}

/** The file with these keys pinned for these droplets: what it held for them, or for their addresses, is gone. */
export function withPins(file: string | undefined, pins: readonly { host: PinnedHost; key: Buffer }[]): string {
  const without = withoutHosts(
    file,
    pins.map(({ host }) => host),
  );
  const added = pins.map(({ host, key }) => `${hostNames(host)} ${keyLine(key)}\n`);
  return without + added.join('');
}

/** The file without these droplets, and with their addresses taken from whoever held them before. */
export function withoutHosts(file: string | undefined, hosts: readonly PinnedHost[]): string {
  const aliases = new Set(hosts.map(({ id }) => hostAlias(id)));
  const addresses = new Set(hosts.map(hostAddress));
  return entries(file)
    .filter((entry) => !entry.hosts.some((name) => aliases.has(name)))
    .map((entry) => ({ ...entry, hosts: entry.hosts.filter((name) => !addresses.has(name)) }))
    .filter((entry) => entry.hosts.length > 0)
    .map(({ hosts: names, key }) => `${names.join(',')} ${key}\n`)
    .join('');
}

function entries(file: string | undefined): { hosts: string[]; key: string }[] {
  return (file ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [hosts = '', ...key] = line.trim().split(/\s+/);
      return { hosts: hosts.split(','), key: key.join(' ') };
    });
}
