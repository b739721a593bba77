// What is read of engines' answers; everything else in them is passed on as it is.

export interface Port {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** A container as lists have it. */
export interface Summary {
  Id: string;
  Names: string[];
  Image: string;
  ImageID: string;
  /** Seconds since the epoch. */
  Created: number;
  State?: string;
  Status: string;
  Ports: Port[] | null;
  Labels?: Record<string, string> | null;
  Mounts?: { Type?: string; Name?: string }[] | null;
}

export interface PortBinding {
  HostIp?: string;
  HostPort?: string;
}

export interface HostConfig {
  PortBindings?: Record<string, PortBinding[] | null> | null;
  NetworkMode?: string | null;
  PidMode?: string | null;
  IpcMode?: string | null;
  /** As every integer of theirs, a bigint where a number cannot hold it. */
  Memory?: number | bigint;
  NanoCpus?: number | bigint;
  VolumesFrom?: string[] | null;
  Links?: string[] | null;
  Binds?: string[] | null;
  Mounts?: Mount[] | null;
  VolumeDriver?: string | null;
}

/** As `--mount` has it. */
export interface Mount {
  Type?: string | null;
  Source?: string | null;
}

/** A container as `inspect` has it. */
export interface Inspected {
  Id: string;
  Config?: { ExposedPorts?: Record<string, unknown> | null };
  HostConfig?: HostConfig;
}

/** What `POST /containers/create` has. */
export interface CreateBody {
  Image?: string;
  Env?: string[] | null;
  Labels?: Record<string, string> | null;
  ExposedPorts?: Record<string, unknown> | null;
  HostConfig?: HostConfig;
  NetworkingConfig?: { EndpointsConfig?: Record<string, unknown> | null } | null;
}

export interface Info {
  ID: string;
  Name: string;
  NCPU: number;
  /** Bytes. */
  MemTotal: number;
  Labels?: string[] | null;
  Driver?: string;
  KernelVersion?: string;
  OperatingSystem?: string;
  OSType?: string;
  ServerVersion?: string;
  Containers?: number;
  ContainersRunning?: number;
  ContainersPaused?: number;
  ContainersStopped?: number;
  Images?: number;
  Swarm?: { ControlAvailable?: boolean; LocalNodeState?: string; NodeID?: string };
}

export interface Image {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Created: number;
}

export interface Network {
  Id: string;
  Name: string;
  Scope?: string;
  Driver?: string;
}

/** One of an engine's own plugins. */
export interface Plugin {
  Name: string;
  Enabled: boolean;
}

export interface Volume {
  Name: string;
  Driver: string;
  Scope?: string;
  Labels?: Record<string, string> | null;
  /** In `system df` alone; -1 where it is not known. */
  UsageData?: { Size?: number } | null;
}
