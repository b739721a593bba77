// What Compose files ask of a swarm: the stack as the Engine API would take it, and what is to be said about the files.
import type { ConfigReference, Labels, NetworkBody, SecretReference, ServiceSpec } from './spec.ts';

/** A place in a file; line and column count from 1. */
export interface At {
  /** As messages name it. */
  file: string;
  line: number;
  column: number;
}

/** Something that the user should know before anything happens. */
export interface Finding {
  /**
   * `error`: the stack cannot be deployed as it is. `dropped`: Swarm does not support it, so the stack is deployed without it.
   * `warning`: it does something else than one may expect.
   */
  severity: 'error' | 'warning' | 'dropped';
  /** What it is about, where it is one service: its name without the stack's. */
  service?: string | undefined;
  text: string;
  hint?: string | undefined;
  at: At;
}

export interface DesiredStack {
  name: string;
  /** Those that services use; `default` where a service names none. */
  networks: DesiredNetwork[];
  /** Named volumes: each node makes its own with these when a task first needs it. They are in the services' mounts as well. */
  volumes: DesiredVolume[];
  configs: DesiredData[];
  secrets: DesiredData[];
  /** In the order of the files. */
  services: DesiredService[];
  /** The names in the files of services whose profile is not chosen. */
  inactive: string[];
  /** In the order of the files; while one is an error, nothing is deployed. */
  findings: Finding[];
}

export interface DesiredNetwork {
  /** Its name in the files. */
  key: string;
  /** Its name in the swarm: `STACK_key` unless the file names it. */
  name: string;
  /** It has to exist already; `body` means nothing then. */
  external: boolean;
  body: NetworkBody;
  at: At;
}

export interface DesiredVolume {
  key: string;
  name: string;
  external: boolean;
  at: At;
}

/** A config or a secret. */
export interface DesiredData {
  key: string;
  /** Its name in the swarm: `STACK_key` unless the file names it (`isNamed`). */
  name: string;
  /** The file gives the name with `name:`, so that it must stay as it is. */
  isNamed: boolean;
  /** It has to exist already. */
  external: boolean;
  /** Never printed. Missing where it is external or a driver has it. */
  data?: Buffer;
  /** A secret's `driver`: a plugin that gives the content. */
  driver?: { Name: string; Options?: Labels };
  /** `golang`: the content is a template. */
  templateDriver?: string;
  /** The stack's label among them. */
  labels: Labels;
  at: At;
}

export interface DesiredService {
  /** Without the stack's name. */
  name: string;
  /**
   * As `docker stack deploy` sends it. In the references to configs and secrets the ids are empty and the names are those of
   * `DesiredData.name`; networks are attached by their names.
   */
  spec: ServiceSpec;
  /** Services that it `depends_on`, those that exist in this stack. */
  dependsOn: Dependency[];
  /** Each entry of `spec…Configs` with the key of the config that it refers to, in the same order. */
  configs: { key: string; reference: ConfigReference }[];
  secrets: { key: string; reference: SecretReference }[];
  /** `build:` — how to make the image on this machine. */
  build?: DesiredBuild;
  /** It is yet to be built: its image stands for whatever comes of that. */
  isUnbuilt?: boolean;
  /** `platform:`, such as `linux/amd64` */
  platform?: string;
  at: At;
}

export interface Dependency {
  service: string;
  condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  at: At;
}

export interface DesiredBuild {
  /** An absolute path, or a URL. */
  context: string;
  /** From the context, or absolute. */
  dockerfile?: string;
  args: Record<string, string>;
  target?: string;
}
