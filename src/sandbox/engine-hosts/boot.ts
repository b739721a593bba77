// The script that starts a droplet's machine in its new namespaces, as a list of lines. systemd-nspawn boots the disk.
import { quoted } from '../quoted.ts';

/** Its two interfaces, or the one of its VPC where it has no public address: that is eth0 then. */
export interface Cables {
  /** A process in the switch's namespace. */
  switchPid: number;
  /** The bridge's ends, named by the droplet and the boot. */
  ports: { public: string; private: string };
  vpcBridge: string;
  /** Each with its range's bits. */
  addresses: { public: string | undefined; private: string };
  gateway: string;
}

export interface BootPlan {
  /** The droplet's own folder: `upper`, `work`, `docker` and the empty `root` are in it. */
  folder: string;
  /** The folders below what the droplet writes, the highest first. */
  layers: readonly string[];
  /** On this machine, where no other droplet may have it. */
  machineName: string;
  hostname: string;
  cables: Cables;
}

/**
 * cgroups of version 2, without which no systemd from 258 on boots; and a writable /proc/sys/net, as its network is its own.
 * https://systemd.io/ENVIRONMENT
 */
const NSPAWN_ENV = 'SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network';

/**
 * The whole script, which ends when the droplet's system does. systemd-nspawn's own end leaves that system running: the
 * first process of a pid namespace takes all others in it along, and `unshare` takes that one.
 */
export const bootLines = (plan: BootPlan): string[] => [
  'set -eu',
  `cd ${quoted(plan.folder)}`,
  'mount --make-rprivate /',
  ...cableLines(plan.cables),
  `mount -t overlay -o lowerdir=${plan.layers.map(quoted).join(':')},upperdir=upper,workdir=work disk root`,
  // What systemd-nspawn notes of its machines goes with these mounts.
  'mkdir -p /run/systemd/nspawn && mount -t tmpfs nspawn /run/systemd/nspawn',
  `exec unshare --pid --fork --kill-child --mount-proc -- sh -c ${quoted(systemLine(plan))}`,
];

const systemLine = (plan: BootPlan): string =>
  `${NSPAWN_ENV} systemd-nspawn ${nspawnWords(plan).map(quoted).join(' ')} < /dev/null >> console 2>&1; exit $?`;

/** /var/lib/docker is the droplet's own folder, because Docker's storage does not sit on an overlay. */
const nspawnWords = ({ folder, machineName, hostname }: BootPlan): string[] => [
  '--quiet',
  '--boot',
  '--register=no',
  // The end by a reboot has a code of its own, then: the next boot begins with a new network, as on a real machine.
  '--keep-unit',
  `--machine=${machineName}`,
  `--hostname=${hostname}`,
  '--capability=all',
  '--system-call-filter=@known',
  '--network-namespace-path=/proc/self/ns/net',
  '--resolv-conf=off',
  '--timezone=off',
  '--link-journal=no',
  `--bind=${folder}/docker:/var/lib/docker`,
  `--directory=${folder}/root`,
];

/** The interfaces keep their hardware addresses over a reboot: nobody has to forget the old ones. */
function cableLines({ switchPid, ports, vpcBridge, addresses, gateway }: Cables): string[] {
  const plug = (port: string, bridge: string, end: string) => [
    // The shell's own number: its namespace.
    `link add ${port} type veth peer name ${end} netns $$`,
    `link set ${port} master ${bridge} up`,
  ];
  const up = (end: string, address: string) => [
    `link set ${end} address ${hardwareAddress(address)}`,
    `addr add ${address} brd + dev ${end}`,
    `link set ${end} up`,
  ];
  const vpc = addresses.public === undefined ? 'eth0' : 'eth1';
  return [
    `nsenter --net=/proc/${switchPid}/ns/net -- ip -batch - <<END`,
    ...(addresses.public === undefined ? [] : plug(ports.public, 'public', 'eth0')),
    ...plug(ports.private, vpcBridge, vpc),
    'END',
    'ip -batch - <<END',
    'link set lo up',
    ...(addresses.public === undefined ? [] : up('eth0', addresses.public)),
    ...up(vpc, addresses.private),
    `route add default via ${gateway}`,
    'END',
    // What comes to the private address from outside the VPC is answered by the public interface.
    'for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done',
  ];
}

/** An address of the kind that anybody may give, from the IPv4 address. */
export function hardwareAddress(address: string): string {
  const octets = address.replace(/\/.*/, '').split('.');
  return ['02', '00', ...octets.map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');
}
