// What the `cluster:` part of .belt.yaml says a cluster is to be.

export type Role = 'manager' | 'worker';
export type Availability = 'active' | 'pause' | 'drain';

/** Nodes that are alike. */
export interface NodeGroup {
  role: Role;
  /** In the order in which the patterns name them. */
  names: string[];
  /** What the file says; else the settings of the same names hold. */
  size?: string;
  image?: string;
  region?: string;
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

/** The firewall where the file says nothing of it. */
export const PLAIN_FIREWALL: FirewallSpec = { sshFrom: [...WORLD], open: [] };

/** The Docker engine of new droplets. */
export interface EngineSpec {
  /** `28`, `28.2` or `28.2.2`: the newest that begins so; the newest of all without one. An image's own stays. */
  version?: string;
  /** An https address of a script that installs it, as https://get.docker.com; without one Docker's own packages. */
  installUrl?: string;
  /** The engine's labels. */
  labels: Record<string, string>;
  registryMirrors: string[];
  /** The log driver of containers that name none, and its options. */
  logDriver?: string;
  logOpts: Record<string, string>;
  /** The plugins of docker's client that are installed with it; all of `ENGINE_PLUGINS` where the file does not say. */
  plugins?: readonly EnginePlugin[];
  /** Whether the engine may be upgraded, and restarted, by the droplet itself. */
  automaticUpgrades?: boolean;
}

export const ENGINE_PLUGINS = ['buildx', 'compose'] as const;
export type EnginePlugin = (typeof ENGINE_PLUGINS)[number];

/** A swap file of so many MiB on every new droplet, or none; where the file says nothing, those with little memory have one. */
export type Swap = number | false;

/** The engine where the file says nothing of it. */
export const PLAIN_ENGINE: EngineSpec = { labels: {}, registryMirrors: [], logOpts: {} };

/** What new droplets have, in a cluster or in none. */
export interface DropletSpec {
  engine: EngineSpec;
  swap?: Swap;
}

export interface ClusterSpec {
  name: string;
  /** The file that says all this, as messages name it. */
  file?: string;
  /** The managers first. */
  groups: NodeGroup[];
  /** A VPC's name, made where it is missing; without one the region's default VPC. */
  vpc?: string;
  /** Null where the file says `firewall: false`: belt leaves firewalls alone. */
  firewall: FirewallSpec | null;
  /** Without it the engine has its defaults. It holds for droplets that are made; one that stands is left as it is. */
  engine?: EngineSpec;
  /** It holds for droplets that are made. */
  swap?: Swap;
  /** How a swarm is started; of one that stands only autolock is changed. */
  swarm: {
    /** Subnets of overlay networks; without any the engine's own. */
    defaultAddrPool: string[];
    /** UDP port of overlay traffic between nodes; 4789 without one. */
    dataPathPort?: number;
    /** Whether managers lock themselves when they restart; without it the swarm's own setting stays. */
    autolock?: boolean;
  };
}

/** UDP port of overlay traffic where `data_path_port` says nothing else (https://docs.docker.com/reference/cli/docker/swarm/init/#data-path-port). */
export const DATA_PATH_PORT = 4789;
