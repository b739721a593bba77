// How a droplet's machine is put together inside its new namespaces: a script, as a list of lines.
import { quoted } from '../quoted.ts';
import type { Hierarchy } from './cgroups.ts';

/** Its two interfaces. */
export interface Cables {
  /** A process in the switch's namespace. */
  switchPid: number;
  /** The bridge's ends, named by the droplet and the boot. */
  ports: { public: string; private: string };
  vpcBridge: string;
  /** Each with its range's bits. */
  addresses: { public: string; private: string };
  gateway: string;
}

export interface BootPlan {
  /** The droplet's own folder; `root`, `usr` and `work` are in it, the layers two above. */
  folder: string;
  hasEngine: boolean;
  hierarchies: readonly Hierarchy[];
  /** Without, it has no network: the machine on which the images are made. */
  cables: Cables | undefined;
  /** How long its services wait: sshd after it is on, the engine after that. In whole ms. */
  delaysMs: { ssh: number; engine: number };
  neverSsh: boolean;
}

/** busybox has an `ip` too, which knows no batches. Distributions have it in one folder or the other. */
const IP = '/bin/ip';

/**
 * The whole script. It runs as the first process of the droplet, in busybox's shell, and becomes its init. mount, mkdir and
 * the like are busybox's own there, which saves starting thirty programs; ip and nsenter are the machine's.
 */
export const bootLines = (plan: BootPlan): string[] => [
  'set -eu',
  `cd ${quoted(plan.folder)}`,
  ...(plan.cables ? cableLines(plan.cables) : [`${IP} link set lo up`]),
  ...diskLines(plan),
  ...kernelLines(),
  ...cgroupLines(plan.hierarchies),
  ...settingLines(plan),
  'cd root',
  'pivot_root . mnt',
  'umount -l /mnt',
  'cd /',
  'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=linux',
  'exec /usr/bin/busybox init < /dev/null > /var/log/console 2>&1',
];

/** The interfaces keep their hardware addresses over a reboot: nobody has to forget the old ones. */
function cableLines({ switchPid, ports, vpcBridge, addresses, gateway }: Cables): string[] {
  const plug = (port: string, bridge: string, end: string) => [
    // 1 is this very process, as it is called here.
    `link add ${port} type veth peer name ${end} netns 1`,
    `link set ${port} master ${bridge} up`,
  ];
  return [
    `/usr/bin/nsenter --net=/proc/${switchPid}/ns/net -- ${IP} -batch - <<END`,
    ...plug(ports.public, 'public', 'eth0'),
    ...plug(ports.private, vpcBridge, 'eth1'),
    'END',
    `${IP} -batch - <<END`,
    'link set lo up',
    `link set eth0 address ${hardwareAddress(addresses.public)}`,
    `link set eth1 address ${hardwareAddress(addresses.private)}`,
    `addr add ${addresses.public} brd + dev eth0`,
    `addr add ${addresses.private} brd + dev eth1`,
    'link set eth0 up',
    'link set eth1 up',
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

/**
 * The machine's programs, read-only, under what the droplet writes; nothing else of its disk. /var/lib/docker is on the
 * droplet's own folder, because Docker's storage does not sit on an overlay.
 */
function diskLines({ hasEngine }: BootPlan): string[] {
  const layers = ['tools', ...(hasEngine ? [] : ['hide-engine']), 'hide-local'].map((layer) => `../../layers/${layer}`);
  const packages = [
    'mkdir -p root/var/cache/apt/archives',
    'mount -t overlay -o ro,lowerdir=../../layers/hide-local:/usr packages root/var/cache/apt/archives',
  ];
  return [
    'mount --bind root root',
    `mount -t overlay -o lowerdir=${layers.join(':')}:/usr,upperdir=usr,workdir=work disk root/usr`,
    ...(hasEngine ? [] : packages),
  ];
}

function kernelLines(): string[] {
  return [
    'mount -t tmpfs -o mode=755 dev root/dev',
    'cp -a ../../layers/dev/. root/dev',
    'mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts root/dev/pts',
    'mount -t tmpfs -o mode=1777 shm root/dev/shm',
    'mount -t tmpfs -o mode=755 run root/run',
    'mkdir -p root/run/lock root/run/sshd root/run/cloud-init root/run/sandbox',
    'mount -t proc proc root/proc',
    'mount -t sysfs sysfs root/sys',
  ];
}

/** The droplet's own groups look to it as if they were all. */
function cgroupLines(all: readonly Hierarchy[]): string[] {
  const top = '/sys/fs/cgroup';
  const unified = all.find(({ folder }) => folder === top);
  if (unified) {
    return [
      `mount -t cgroup2 cgroup root${top}`,
      // Controllers are handed on only by a group that has no process of its own.
      `mkdir -p root${top}/init`,
      `echo 0 > root${top}/init/cgroup.procs`,
      `for word in $(cat root${top}/cgroup.controllers); do echo +$word > root${top}/cgroup.subtree_control || :; done`,
    ];
  }
  return [
    `mount -t tmpfs -o mode=755 cgroup root${top}`,
    `mkdir -p ${all.map(({ folder }) => `root${folder}`).join(' ')}`,
    ...all.map(({ folder, version, options }) =>
      version === 2 ? `mount -t cgroup2 cgroup root${folder}` : `mount -t cgroup -o ${options} cgroup root${folder}`,
    ),
  ];
}

/** What the droplet's services read (inside/services.ts). */
function settingLines({ delaysMs, hasEngine, neverSsh, cables }: BootPlan): string[] {
  const settings = {
    SSH_DELAY: delaysMs.ssh / 1000,
    ENGINE_DELAY: (delaysMs.ssh + delaysMs.engine) / 1000,
    HAS_ENGINE: hasEngine ? 1 : '',
    NEVER_SSH: neverSsh ? 1 : '',
    PUBLIC_ADDRESS: cables?.addresses.public.replace(/\/.*/, '') ?? '',
  };
  return [
    'hostname -F root/etc/hostname',
    // One a line: a shell reads it.
    `printf '%s\\n' ${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')} > root/run/sandbox/boot`,
  ];
}
