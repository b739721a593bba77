// The parts of the Engine API's ServiceSpec and its create bodies that a stack uses, by the API's own names
// (https://docs.docker.com/reference/api/engine/, Service and Network). Durations are in ns, memory is in bytes.

export type Labels = Record<string, string>;

export interface ServiceSpec {
  /** `STACK_service` */
  Name: string;
  Labels: Labels;
  TaskTemplate: TaskSpec;
  Mode: ServiceMode;
  UpdateConfig?: UpdateConfig;
  RollbackConfig?: UpdateConfig;
  EndpointSpec?: EndpointSpec;
}

export interface TaskSpec {
  ContainerSpec: ContainerSpec;
  Resources?: Resources;
  RestartPolicy?: RestartPolicy;
  Placement?: Placement;
  Networks?: NetworkAttachment[];
  LogDriver?: { Name: string; Options?: Labels };
}

export interface ServiceMode {
  Replicated?: { Replicas: number };
  Global?: Record<never, never>;
  ReplicatedJob?: { MaxConcurrent: number; TotalCompletions: number };
  GlobalJob?: Record<never, never>;
}

export interface ContainerSpec {
  Image: string;
  Labels: Labels;
  /** Compose's `entrypoint`. */
  Command?: string[];
  /** Compose's `command`. */
  Args?: string[];
  Hostname?: string;
  Env?: string[];
  Dir?: string;
  User?: string;
  Groups?: string[];
  Privileges?: Privileges;
  Init?: boolean;
  TTY?: boolean;
  OpenStdin?: boolean;
  ReadOnly?: boolean;
  Mounts?: Mount[];
  StopSignal?: string;
  StopGracePeriod?: number;
  Healthcheck?: Healthcheck;
  /** `ADDRESS NAME`, as in /etc/hosts */
  Hosts?: string[];
  DNSConfig?: { Nameservers?: string[]; Search?: string[]; Options?: string[] };
  /** Whoever sends the spec fills in ConfigID and ConfigName. */
  Configs?: ConfigReference[];
  /** Whoever sends the spec fills in SecretID and SecretName. */
  Secrets?: SecretReference[];
  Isolation?: string;
  Sysctls?: Labels;
  CapabilityAdd?: string[];
  CapabilityDrop?: string[];
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  OomScoreAdj?: number;
}

/** The file in the container: whose it is, and its mode as a number (0o444). */
export interface FileTarget {
  Name: string;
  UID: string;
  GID: string;
  Mode: number;
}

/** In `ConfigName` is the config's name in the swarm; `ConfigID` is unknown here. */
export interface ConfigReference {
  /** Undefined only for a config that is the container's credential spec. */
  File?: FileTarget;
  Runtime?: Record<never, never>;
  ConfigID: string;
  ConfigName: string;
}

export interface SecretReference {
  File: FileTarget;
  SecretID: string;
  SecretName: string;
}

export interface Privileges {
  CredentialSpec?: { Config?: string; File?: string; Registry?: string };
}

export interface Healthcheck {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  Retries?: number;
  StartPeriod?: number;
  StartInterval?: number;
}

export interface Mount {
  Type: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: { Propagation?: string; NonRecursive?: boolean; CreateMountpoint?: boolean };
  VolumeOptions?: {
    NoCopy?: boolean;
    Labels?: Labels;
    DriverConfig?: { Name?: string; Options?: Labels };
    Subpath?: string;
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface Resources {
  /** NanoCPUs: 1,000,000,000 is a CPU. */
  Limits?: { NanoCPUs?: number; MemoryBytes?: number; Pids?: number };
  Reservations?: { NanoCPUs?: number; MemoryBytes?: number; GenericResources?: GenericResource[] };
}

export interface GenericResource {
  DiscreteResourceSpec?: { Kind: string; Value: number };
  NamedResourceSpec?: { Kind: string; Value: string };
}

export interface RestartPolicy {
  Condition?: 'none' | 'on-failure' | 'any';
  Delay?: number;
  MaxAttempts?: number;
  Window?: number;
}

export interface Placement {
  Constraints?: string[];
  Preferences?: { Spread: { SpreadDescriptor: string } }[];
  MaxReplicas?: number;
}

export interface UpdateConfig {
  Parallelism: number;
  Delay?: number;
  FailureAction?: string;
  Monitor?: number;
  MaxFailureRatio?: number;
  Order?: string;
}

export interface EndpointSpec {
  Mode?: 'vip' | 'dnsrr';
  Ports?: PublishedPort[];
}

export interface PublishedPort {
  Name?: string;
  Protocol: 'tcp' | 'udp' | 'sctp';
  TargetPort: number;
  /** Missing where the swarm chooses one. */
  PublishedPort?: number;
  PublishMode: 'ingress' | 'host';
}

export interface NetworkAttachment {
  /** The network's name in the swarm. */
  Target: string;
  Aliases?: string[];
  DriverOpts?: Labels;
}

/** What `POST /networks/create` takes, but for the name. */
export interface NetworkBody {
  Driver: string;
  Attachable?: boolean;
  Internal?: boolean;
  EnableIPv4?: boolean;
  EnableIPv6?: boolean;
  Options?: Labels;
  Labels: Labels;
  IPAM?: {
    Driver?: string;
    Options?: Labels;
    Config?: { Subnet?: string; Gateway?: string; IPRange?: string; AuxiliaryAddresses?: Labels }[];
  };
}
