// The interface between the sandbox's two halves: api/ creates droplets and calls hosts/, which answers SSH and Docker.
// hosts/ is independent of the API; api/ is independent of SSH.
import type { Clock } from '../clock.ts';
import type { FirewallRules } from './firewall.ts';

/** What a host needs to know about its droplet. */
export interface Machine {
  readonly id: number;
  name: string;
  /** The address on which SSH answers (a loopback address for simulated hosts). */
  readonly publicAddress: string;
  /** The VPC address (10.x): swarm addresses are these. No traffic goes to it on simulated hosts. */
  readonly privateAddress: string;
  readonly region: string;
  readonly vpcUuid: string;
  /** The VPC's range in CIDR notation; its first address is the gateway's. */
  readonly vpcRange: string;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly diskGiB: number;
  /** The image's slug or id, as the user named it. */
  image: string;
  /** Whether the image brings the Docker engine. */
  hasEngine: boolean;
  /** Public keys, in OpenSSH's one-line format, that may log in as root. */
  readonly authorizedKeys: readonly string[];
  readonly userData: string | undefined;
  /** As they are now. */
  tags(): string[];
}

/** How long the host takes after it is powered on, in ms. */
export interface BootTimes {
  sshMs: number;
  /** After SSH opened. cloud-init has finished by then. */
  engineMs: number;
}

/** The faults injected into this host. */
export interface HostFaults {
  neverSsh?: boolean | undefined;
  /** This many SSH connections are cut in the middle of their first command. */
  sshResets?: number | undefined;
  /** This many SSH connections are let in within 30 s. */
  sshLimit?: number | undefined;
  /** This many SSH connections are cut while the engine starts or joins a swarm. */
  joinResets?: number | undefined;
  /** For so long after SSH opened first, commands are answered with a notice and not run. */
  noticeMs?: number | undefined;
  /** sshd forwards no unix sockets. */
  noForward?: boolean | undefined;
  /** Any user name may log in with the machine's keys; who is not root may not use Docker. */
  plainUser?: boolean | undefined;
  /** The engine starts so much later than `BootTimes` says. */
  engineLateMs?: number | undefined;
}

/** When the host reached each state in ms since the epoch; undefined when it has not. */
export interface HostRecord {
  sshAt?: number;
  engineAt?: number;
}

export interface Host {
  readonly record: HostRecord;
  /** Starts it: SSH opens after `boot.sshMs`, the engine after `boot.engineMs` more. Resolves at once. */
  powerOn(boot: BootTimes): Promise<void>;
  /** Ends it like a power cut: connections are reset, its engine is Down in the swarm. State on disk stays. */
  powerOff(): Promise<void>;
  /** Asks its system to power off; cuts the power when that takes too long. */
  shutdown(): Promise<void>;
  /**
   * Filters new connections, of the public and the private side, from now on; connections that stand stay. A host that
   * was just made filters nothing, and `undefined` takes the filter away again. Called on hosts that are off too: what
   * was said last holds when they come up.
   */
  setFirewall(rules: FirewallRules | undefined): Promise<void>;
  /** Keeps a copy of its disk for droplets that are made from this image. Hosts without disks have none to keep. */
  snapshot?(image: string): Promise<void>;
  destroy(): Promise<void>;
}

/** The events that a host reports by itself. */
export interface HostEvents {
  /** Somebody on the host powered it off. */
  poweredOff(): void;
}

/** Which addresses droplets on this kind of hosts have. */
export interface AddressPlan {
  /** The n-th public address, from 0. */
  publicAddress(n: number): string;
  /** The range of a region's default VPC: `octet` is the region's own. */
  defaultRange(octet: number, bits: number): string;
  /** Ranges for VPCs that name none. */
  freeRanges(): string[];
}

/** A kind of host (simulated, engine). */
export interface Hosts {
  readonly addresses: AddressPlan;
  /** The port on which every host answers SSH. */
  readonly sshPort: number;
  /** Makes the machine, powered off. */
  create(machine: Machine, faults: HostFaults, events: HostEvents): Promise<Host>;
  close(): Promise<void>;
}

/** What every kind of hosts is made with. */
export interface HostsOptions {
  sshPort: number;
  /** Seeded random numbers in [0, 1). */
  random: () => number;
  /** Writes a line to the sandbox's log. */
  log: (line: string) => void;
  /** The machine's own, where there is none. */
  clock?: Clock | undefined;
}
