// The sandbox's network: a namespace with a bridge for the public network and one a VPC. Of the machine's own network
// it takes one cable, which goes when the namespace goes; nothing of the machine's rules or settings changes.
import { addressIn, overlap, parseCidr } from '../account/addresses.ts';
import { SLOTS, type Slot, slot } from './addresses.ts';
import { hardwareAddress } from './boot.ts';
import type { Hierarchy } from './cgroups.ts';
import { Guard } from './guard.ts';
import { bound, type Launched, launch } from './launch.ts';
import { run } from './run.ts';

/** What `ip -batch` reads to build the switch, inside its namespace. */
export const switchLines = ({ gateway }: Slot): string[] => [
  'link set lo up',
  // With an address of its own: else it has that of one of its ports, another one when that droplet goes, and whoever
  // remembers the old one sends into the void for half a minute.
  `link add public address ${hardwareAddress(gateway)} type bridge`,
  `addr add ${gateway} dev public`,
  'link set public up',
];

/** … and for the bridge of a VPC. */
export const vpcLines = (bridge: string, range: string): string[] => {
  const cidr = parseCidr(range)!;
  return [
    `link add ${bridge} address ${hardwareAddress(addressIn(cidr, 1))} type bridge`,
    `addr add ${addressIn(cidr, 1)}/${cidr.bits} dev ${bridge}`,
    `link set ${bridge} up`,
  ];
};

/** … and on the machine, once the cable is there. */
export const machineLines = ({ link, machine }: Slot): string[] => [
  `addr add ${machine} dev ${link}`,
  `link set ${link} up`,
];

/** Not in the table of the cloud firewalls, which is replaced as a whole. */
const hiding = (how: '-A' | '-D', address: string): string[] =>
  `-t mangle ${how} FORWARD -i public -d ${address} -m conntrack --ctstate NEW -j DROP`.split(' ');

/** The words that run others inside the switch's namespace. */
export const inSwitch = (pid: number, words: readonly string[]): string[] => [
  'nsenter',
  `--net=/proc/${pid}/ns/net`,
  '--',
  ...words,
];

/** Keeps the namespace open. Packets pass from the machine to a VPC and back: not by the way they came. */
const HOLDER = `
echo 1 > /proc/sys/net/ipv4/ip_forward
for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done
echo up
exec sleep infinity`;

export class Switch {
  readonly slot: Slot;
  readonly pid: number;
  /** What the cloud's firewalls let through. */
  readonly guard: Guard;
  readonly #holder: Launched;
  readonly #log: (line: string) => void;
  readonly #bridges = new Map<string, Promise<string>>();
  readonly #hidden = new Set<string>();

  private constructor(holder: Launched, found: Slot, guard: Guard, log: (line: string) => void) {
    this.#holder = holder;
    this.pid = holder.child.pid!;
    this.slot = found;
    this.guard = guard;
    this.#log = log;
  }

  static async start(groups: readonly Hierarchy[], group: string, log: (line: string) => void): Promise<Switch> {
    let up = () => {};
    const isUp = new Promise<void>((resolve) => {
      up = resolve;
    });
    const words = bound(groups, group, ['unshare', '--net', 'sh', '-ec', HOLDER]);
    const holder = launch(words, (line) => (line === 'up' ? up() : log(`switch: ${line}`)));
    const early = holder.ended.then((how) => Promise.reject(new Error(`the sandbox's network ended: ${how}`)));
    await Promise.race([isUp, early]);
    const pid = holder.child.pid!;
    const found = await takeSlot(pid);
    const made = new Switch(holder, found, await Guard.start((others) => inSwitch(pid, others)), log);
    await made.#configure(switchLines(found));
    await made.#configure(['link set uplink master public', 'link set uplink up']);
    await run(['ip', '-batch', '-'], machineLines(found).join('\n'));
    return made;
  }

  /** The bridge of a VPC, made when its first droplet comes. It stays for a later VPC of the same range: two would both claim it. */
  bridge(range: string): Promise<string> {
    let bridge = this.#bridges.get(range);
    if (bridge === undefined) {
      bridge = this.#addVpc(`vpc${this.#bridges.size}`, range);
      this.#bridges.set(range, bridge);
    }
    return bridge;
  }

  /** Lets nobody outside its VPC connect to a droplet that has no public address; what it asks for itself is answered. */
  async hide(address: string): Promise<void> {
    if (this.#hidden.has(address)) return;
    this.#hidden.add(address);
    await run(inSwitch(this.pid, ['iptables', '-w', ...hiding('-A', address)]));
  }

  /** The address may be another droplet's by now. */
  async show(address: string): Promise<void> {
    if (this.#hidden.delete(address)) await run(inSwitch(this.pid, ['iptables', '-w', ...hiding('-D', address)]));
  }

  /** Removes a droplet's ports from the bridges at once; the kernel would only do so some time after the droplet ended. */
  async unplug(ports: readonly string[]): Promise<void> {
    const lines = ports.map((port) => `link del ${port}`);
    // A port that is gone already is what was wanted.
    await run(inSwitch(this.pid, ['ip', '-force', '-batch', '-']), lines.join('\n')).catch(() => {});
  }

  async close(): Promise<void> {
    // The machine's end of the cable goes at once, not when the kernel gets to it.
    await run(['ip', 'link', 'del', this.slot.link]).catch(() => {});
    this.#holder.child.kill('SIGKILL');
    await this.#holder.ended;
  }

  async #addVpc(bridge: string, range: string): Promise<string> {
    await this.#configure(vpcLines(bridge, range));
    const taken = await routeInTheWay(range);
    if (taken === undefined) {
      const gateway = this.slot.gateway.replace(/\/.*/, '');
      await run(['ip', 'route', 'add', range, 'via', gateway, 'dev', this.slot.link]);
    } else {
      this.#log(`private addresses in ${range} cannot be reached from this machine: it has a route to ${taken}`);
    }
    return bridge;
  }

  #configure(lines: readonly string[]): Promise<string> {
    return run(inSwitch(this.pid, ['ip', '-batch', '-']), lines.join('\n'));
  }
}

/** Plugs the cable into the machine. The name of its end is the claim to the slot's addresses: the kernel gives it once. */
async function takeSlot(pid: number): Promise<Slot> {
  for (let n = 0; n < SLOTS; n++) {
    const wanted = slot(n);
    if ((await routeInTheWay(wanted.publicRange)) !== undefined) continue;
    try {
      await run(['ip', 'link', 'add', wanted.link, 'type', 'veth', 'peer', 'name', 'uplink', 'netns', String(pid)]);
      return wanted;
    } catch (error) {
      if (!String(error).includes('File exists')) throw error;
    }
  }
  throw new Error(
    `all of 198.18.0.0/15 is in use: ${SLOTS} sandboxes with engine hosts run on this machine, or it has routes there`,
  );
}

/** The machine's route to an address of the range, other than those that lead to everything. */
async function routeInTheWay(range: string): Promise<string | undefined> {
  const wanted = parseCidr(range)!;
  const routes = (await run(['ip', '-4', 'route', 'show', 'table', 'all']))
    .split('\n')
    .map((line) => line.replace(/^(local|broadcast|unicast) /, '').split(' ')[0] ?? '');
  return routes.find((route) => {
    const cidr = parseCidr(route.includes('/') ? route : `${route}/32`);
    return cidr !== undefined && cidr.bits >= 8 && overlap(cidr, wanted);
  });
}
