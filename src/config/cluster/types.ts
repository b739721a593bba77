// The cluster described by the `cluster:` section of .belt.yaml.

import type { Availability, Role } from '../../model/swarm-node.ts';

/** Nodes that are alike. */
export interface NodeGroup {
  role: Role;
  /** In the order in which the patterns name them. */
  names: string[];
  /** From the file; otherwise the settings of the same names apply. */
  size?: string;
  image?: string;
  region?: string;
  /** False for nodes without a public address, which are reached through the jump host. */
  public?: boolean;
  /** Swarm node labels. */
  labels: Record<string, string>;
  availability: Availability;
}

/** A port, or a range of them, that is open to the world. */
export interface OpenPort {
  first: number;
  last: number;
  protocol: 'tcp' | 'udp';
}

/** What the cloud firewall lets in from outside the cluster. */
export interface FirewallSpec {
  /** Who may use SSH: address ranges. */
  sshFrom: string[];
  /** Open to everybody. */
  open: OpenPort[];
}

/** Every address, as firewalls write it. */
export const WORLD: readonly string[] = ['0.0.0.0/0', '::/0'];

/** The firewall where the file does not mention it. */
export const PLAIN_FIREWALL: FirewallSpec = { sshFrom: [...WORLD], open: [] };

/** The Docker engine of new droplets. */
export interface EngineSpec {
  /** `28`, `28.2` or `28.2.2`: the newest version with this prefix, else the newest of all. An engine that the image has is kept. */
  version?: string;
  /** The https URL of a script that installs it, such as https://get.docker.com; without one, Docker's own packages. */
  installUrl?: string;
  /** The engine's labels. */
  labels: Record<string, string>;
  registryMirrors: string[];
  /** The default log driver of containers, and its options. */
  logDriver?: string;
  logOpts: Record<string, string>;
  /** The docker CLI plugins that are installed with it; by default all of `ENGINE_PLUGINS`. */
  plugins?: readonly EnginePlugin[];
  /** Whether the engine may be upgraded, and restarted, by the droplet itself. */
  automaticUpgrades?: boolean;
}

export const ENGINE_PLUGINS = ['buildx', 'compose'] as const;
export type EnginePlugin = (typeof ENGINE_PLUGINS)[number];

/** The size in MiB of a swap file on every new droplet, or none; by default those with little memory get one. */
export type Swap = number | false;

/** The engine where the file does not mention it. */
export const PLAIN_ENGINE: EngineSpec = { labels: {}, registryMirrors: [], logOpts: {} };

/** What new droplets get, whether in a cluster or not. */
export interface DropletSpec {
  engine: EngineSpec;
  swap?: Swap;
}

export interface ClusterSpec {
  name: string;
  /** The file that the spec was read from, as messages name it. */
  file?: string;
  /** The managers first. */
  groups: NodeGroup[];
  /** The VPC's name, created if missing; without one, the region's default VPC. */
  vpc?: string;
  /** Null where the file says `firewall: false`: belt leaves firewalls alone. */
  firewall: FirewallSpec | null;
  /** Without it the engine has its defaults. Only applies to new droplets. */
  engine?: EngineSpec;
  /** Only applies to new droplets. */
  swap?: Swap;
  /** How a swarm is started; on an existing one only autolock is changed. */
  swarm: {
    /** Subnets of overlay networks; by default the engine's own. */
    defaultAddrPool: string[];
    /** UDP port of overlay traffic between nodes; 4789 by default. */
    dataPathPort?: number;
    /** Whether managers lock themselves when they restart; by default the swarm's own setting stays. */
    autolock?: boolean;
  };
}

/** Default UDP port of overlay traffic (https://docs.docker.com/reference/cli/docker/swarm/init/#data-path-port). */
export const DATA_PATH_PORT = 4789;
