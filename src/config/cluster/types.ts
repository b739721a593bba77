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

export interface ClusterSpec {
  name: string;
  /** The managers first. */
  groups: NodeGroup[];
  /** A VPC's name, made where it is missing; without one the region's default VPC. */
  vpc?: string;
  /** Without it belt leaves firewalls alone. */
  firewall?: { sshFrom: string[]; open: OpenPort[] };
  /** How a swarm is started; one that stands is left as it is. */
  swarm: {
    /** Subnets of overlay networks; without any the engine's own. */
    defaultAddrPool: string[];
    /** UDP port of overlay traffic between nodes; 4789 without one. */
    dataPathPort?: number;
  };
}
