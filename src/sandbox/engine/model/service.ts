// Services and their tasks, as the swarm's store has them.
import type { SwarmNode } from './node.ts';

export interface PortConfig {
  Name?: string;
  Protocol: 'tcp' | 'udp' | 'sctp';
  TargetPort: number;
  PublishedPort?: number;
  PublishMode: 'ingress' | 'host';
}

export interface ContainerSpec {
  Image: string;
  Command?: string[];
  Args?: string[];
  Env?: string[];
  [other: string]: unknown;
}

export interface TaskTemplate {
  ContainerSpec: ContainerSpec;
  Placement?: { Constraints?: string[]; [other: string]: unknown };
  ForceUpdate?: number;
  [other: string]: unknown;
}

export interface ServiceSpec {
  Name: string;
  Labels: Record<string, string>;
  TaskTemplate: TaskTemplate;
  Mode: { Replicated?: { Replicas?: number }; Global?: Record<string, never> };
  EndpointSpec?: { Mode?: 'vip' | 'dnsrr'; Ports?: PortConfig[] };
  [other: string]: unknown;
}

export interface Service {
  readonly id: string;
  readonly createdAt: string;
  updatedAt: string;
  version: number;
  spec: ServiceSpec;
  previousSpec?: ServiceSpec | undefined;
  /** Credentials for the registry of its image, which no answer has: kept until others come. */
  pullAuth?: string | undefined;
  previousPullAuth?: string | undefined;
  /** How far its update is; undefined where it was created, or changed without new tasks. */
  update?: Update | undefined;
  /** Counts the changes of the task template: a task of an older count is to be replaced. */
  generation: number;
  virtualIp: string;
  readonly tasks: Set<Task>;
}

export type UpdateState =
  | 'updating'
  | 'paused'
  | 'completed'
  | 'rollback_started'
  | 'rollback_paused'
  | 'rollback_completed';

export interface Update {
  state: UpdateState;
  message: string;
  startedAt: string;
  completedAt?: string;
}

export type TaskState = 'rejected' | 'pending' | 'preparing' | 'running' | 'shutdown' | 'failed' | 'orphaned';

export interface Task {
  readonly id: string;
  readonly createdAt: string;
  updatedAt: string;
  version: number;
  readonly service: Service;
  /** Undefined for a task of a global service. */
  readonly slot: number | undefined;
  node: SwarmNode | undefined;
  state: TaskState;
  stateAt: string;
  desired: 'running' | 'shutdown' | 'remove';
  message: string;
  error: string;
  readonly template: TaskTemplate;
  readonly generation: number;
  containerId: string;
  /** When its container started; empty before. */
  startedAt: string;
}

/** How many tasks a service is to have: undefined for a global one. */
export const replicasOf = (service: Service): number | undefined =>
  service.spec.Mode.Global === undefined ? (service.spec.Mode.Replicated?.Replicas ?? 1) : undefined;

export const isGlobal = (service: Service): boolean => service.spec.Mode.Global !== undefined;

export const isLive = (task: Task): boolean => task.desired === 'running';
