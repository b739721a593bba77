// The host keys that belt knows, in OpenSSH's known_hosts format (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). A droplet is
// known as `belt-ID`, since addresses are reused; its address is listed next to that, so that plain `ssh` can use the file.
import { keyBytes, keyLine } from './fingerprint.ts';

export interface PinnedHost {
  /** The droplet's, or the word for another host. */
  id: number | string;
  address: string;
  port: number;
}

export interface Pin {
  host: PinnedHost;
  key: Buffer;
  /** The host got it with its user data and has yet to generate its own. */
  interim?: boolean;
}

/** Marks an interim key, in the comment field of the format. */
const INTERIM = 'interim';

/** The name of a droplet in the file: what `ssh -o HostKeyAlias=` takes. */
export const hostAlias = (id: number | string): string => `belt-${id}`;

const hostAddress = ({ address, port }: PinnedHost): string => (port === 22 ? address : `[${address}]:${port}`);

/** A droplet that was just made has no address yet. */
const hostNames = (host: PinnedHost): string =>
  host.address === '' ? hostAlias(host.id) : `${hostAlias(host.id)},${hostAddress(host)}`;

/** The keys pinned for a droplet, as wire bytes. */
export function pinnedKeys(file: string | undefined, id: number | string): Buffer[] {
  return entriesOf(file, id).flatMap(({ key }) => keyBytes(key) ?? []);
}

/** The interim key among them; undefined when the host made its own, or none is pinned. */
export function interimKey(file: string | undefined, id: number): Buffer | undefined {
  const found = entriesOf(file, id).find(({ key }) => key.endsWith(` ${INTERIM}`));
  return found && keyBytes(found.key);
}

/** The file with these keys pinned for these droplets, replacing what it had for them or for their addresses. */
export function withPins(file: string | undefined, pins: readonly Pin[]): string {
  const without = withoutHosts(
    file,
    pins.map(({ host }) => host),
  );
  const added = pins.map(
    ({ host, key, interim }) => `${hostNames(host)} ${keyLine(key)}${interim ? ` ${INTERIM}` : ''}\n`,
  );
  return without + added.join('');
}

/** The file without these droplets, and without their addresses in the entries of others. */
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

interface Entry {
  hosts: string[];
  key: string;
}

/** The entries of one droplet. Only lines that can be its own are parsed: the file is read for each connection. */
function entriesOf(file: string | undefined, id: number | string): Entry[] {
  const alias = hostAlias(id);
  return entries(file, (line) => line.includes(alias)).filter(({ hosts }) => hosts.includes(alias));
}

function entries(file: string | undefined, wanted: (line: string) => boolean = () => true): Entry[] {
  return (file ?? '')
    .split('\n')
    .filter((line) => wanted(line) && line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [hosts = '', ...key] = line.trim().split(/\s+/);
      return { hosts: hosts.split(','), key: key.join(' ') };
    });
}
