// What engine hosts need from a machine, and the messages for what is missing. Pure: probe.ts does the checks.

/** The programs that are needed, and the package of Debian and Ubuntu that brings each. */
export const PROGRAMS = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  'dpkg-deb': 'dpkg',
  ip: 'iproute2',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
  'ip6tables-restore': 'iptables',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  mount: 'mount',
} as const;

export type Program = keyof typeof PROGRAMS;

export interface Findings {
  platform: string;
  root: boolean;
  /** Those of PROGRAMS that are not there. */
  missing: readonly Program[];
  /** Why a droplet's namespaces, mounts and control groups could not be made; undefined when they could. */
  namespaces: string | undefined;
  overlay: string | undefined;
  cgroups: string | undefined;
  /** What the kernel has for containers' networks. */
  vxlan: boolean;
  /** Packets on a bridge can be filtered. */
  bridgeFilter: boolean;
  ipvs: boolean;
  /** The keys of Debian's archive are there. */
  keyring: boolean;
  /** How many of inotify's instances root may have (fs.inotify.max_user_instances); a system with systemd takes about ten. */
  inotifyInstances: number;
  /** This machine's apt has a mirror of Debian. */
  mirror: boolean;
  /** The images that are still to be built, and the room for them. */
  images: { missing: number; seconds: number; freeMiB: number };
}

/** What all images take, and the building of one on top. */
const IMAGES_MIB = 3_500;

export interface Diagnosis {
  /** What prevents engine hosts from running. */
  obstacles: string[];
  /** What will not work on them. */
  limits: string[];
  /** The packages whose installation fixes it. */
  packages: string[];
  /** How long it takes to build the images that are not there. */
  buildSeconds: number;
}

const INGRESS =
  'this kernel has no IP_VS: a service has no virtual address and no routing mesh; publish with mode=host and use --endpoint-mode dnsrr';
const OVERLAY_NETWORKS = 'this kernel has no VXLAN: containers on different droplets cannot talk over overlay networks';
const NO_MIRROR =
  "this machine's apt has no mirror of Debian, which the images are built from: add one to its sources, then: apt-get update";
const NO_PACKAGES = "this machine's apt has no mirror of Debian: droplets can install nothing of the distribution's";
const FIREWALLS = 'this kernel has no br_netfilter: cloud firewalls are accepted, but let everything through';

const ENOUGH_INOTIFY = 512;
const fewDroplets = (instances: number): string =>
  `this machine's limit of ${instances} inotify instances is enough for about ${Math.floor(instances / 12)} booted droplets in all: sysctl fs.inotify.max_user_instances=1024`;

export function diagnose(found: Findings): Diagnosis {
  // What is missing elsewhere says nothing when it is the wrong system, or nobody was allowed to look.
  if (found.platform !== 'linux') return only(`engine hosts need Linux; this is ${found.platform}`);
  if (!found.root) return only('engine hosts need root: every droplet is a set of namespaces, mounts and bridges');
  const programs = found.missing.map((program) => `${program} is not installed (package ${PROGRAMS[program]})`);
  const obstacles = [
    ...programs,
    ...because('namespaces cannot be created', found.namespaces),
    ...because('an overlay cannot be mounted where the sandbox keeps its disks', found.overlay),
    ...because('control groups cannot be created', found.cgroups),
    ...(found.keyring ? [] : ["the keys of Debian's archive are not installed (package debian-archive-keyring)"]),
    ...(found.images.missing > 0 && !found.mirror ? [NO_MIRROR] : []),
    ...roomFor(found.images),
  ];
  const packages = [
    ...found.missing.map((program) => PROGRAMS[program]),
    ...(found.keyring ? [] : ['debian-archive-keyring']),
  ];
  return {
    obstacles,
    limits: [
      ...(found.ipvs ? [] : [INGRESS]),
      ...(found.mirror ? [] : [NO_PACKAGES]),
      ...(found.vxlan ? [] : [OVERLAY_NETWORKS]),
      ...(found.bridgeFilter ? [] : [FIREWALLS]),
      ...(found.inotifyInstances < ENOUGH_INOTIFY ? [fewDroplets(found.inotifyInstances)] : []),
    ],
    packages: [...new Set(packages)].sort(),
    buildSeconds: found.images.seconds,
  };
}

const roomFor = ({ missing, freeMiB }: Findings['images']): string[] =>
  missing > 0 && freeMiB < IMAGES_MIB
    ? [`the images need ${IMAGES_MIB} MiB, but only ${freeMiB} are free: BELT_IMAGES_DIR can point to another disk`]
    : [];

/** The command that installs what is missing; undefined when that is nothing. */
export const installLine = ({ packages }: Diagnosis): string | undefined =>
  packages.length > 0 ? `apt-get install --no-install-recommends ${packages.join(' ')}` : undefined;

const only = (obstacle: string): Diagnosis => ({ obstacles: [obstacle], limits: [], packages: [], buildSeconds: 0 });
const because = (what: string, why: string | undefined): string[] => (why === undefined ? [] : [`${what}: ${why}`]);
