// What a Docker Engine can be asked, and what it says of its swarm.
import type Docker from 'dockerode';
import type { Availability, Role, SwarmNode } from '../model/swarm-node.ts';

/** The engine's view of its own swarm membership (Engine API, `GET /info`, `Swarm`). */
export interface SwarmInfo {
  state: 'inactive' | 'pending' | 'active' | 'error' | 'locked';
  nodeId: string;
  /** The address that this node advertises. */
  nodeAddress: string;
  manager: boolean;
  /** Why the last join failed, while pending or in error. */
  error: string;
  /** `host:port` of the managers that this node knows. */
  managers: string[];
  /** The swarm's id; only a manager knows it. */
  clusterId: string | undefined;
  /** UDP port of overlay traffic between the nodes; only a manager knows it. */
  dataPathPort?: number | undefined;
  /** Whether its managers lock themselves when they restart; only a manager knows it. */
  autolock: boolean | undefined;
}

/** A task that has a container, or is about to have one (Engine API, `GET /tasks`). */
export interface SwarmTask {
  serviceId: string;
  /** Undefined until it is assigned to a node. */
  nodeId: string | undefined;
  /** Of a replicated service; tasks of a global one have none. */
  slot: number | undefined;
  state: string;
  /** The desired state. */
  wanted: string;
}

/** What to change of a node; the rest stays. */
export interface NodeChange {
  role?: Role;
  availability?: Availability;
  /** To add, or to change. */
  labels?: Readonly<Record<string, string>>;
}

/** How a swarm is started (Engine API, `POST /swarm/init`). */
export interface InitOptions {
  /** Subnets of overlay networks. */
  defaultAddrPool?: readonly string[];
  /** UDP port of overlay traffic. */
  dataPathPort?: number | undefined;
  /** Whether managers lock themselves when they restart. */
  autolock?: boolean | undefined;
}

export interface JoinRequest {
  /** Managers to join, `host:port`. */
  managers: readonly string[];
  token: string;
  advertiseAddress: string;
}

export interface Engine {
  /** Resolves when the engine answers. @throws when it does not */
  ping(): Promise<void>;
  swarm(): Promise<SwarmInfo>;
  /** Makes this engine the first manager of a new swarm and returns its node id. */
  init(advertiseAddress: string, options?: InitOptions): Promise<string>;
  join(request: JoinRequest): Promise<void>;
  leave(options: { force: boolean }): Promise<void>;
  /** The secrets with which others join. Never print them. */
  joinTokens(): Promise<{ worker: string; manager: string }>;
  /** Changes the swarm's spec; the rest of it stays. */
  updateSwarm(change: { autolock: boolean }): Promise<void>;
  /** The secret that unlocks managers that restarted; empty if they do not lock themselves. Never print it. */
  unlockKey(): Promise<string>;
  /** Unlocks this engine. */
  unlock(key: string): Promise<void>;
  nodes(): Promise<SwarmNode[]>;
  /** One node by its id; undefined when this manager's swarm does not have it. */
  node(id: string): Promise<SwarmNode | undefined>;
  /** Changes a node's spec; if somebody else changed it in the meantime, retries from the current one. */
  updateNode(id: string, change: NodeChange): Promise<void>;
  /** Removes a node's entry: one that is down or, with `force`, any that is not a manager. A missing one counts as removed. */
  removeNode(id: string, options?: { force?: boolean }): Promise<void>;
  /** The tasks of all services, those that ended left out. */
  tasks(): Promise<SwarmTask[]>;
  /** The names of the services, by id. */
  serviceNames(): Promise<Map<string, string>>;
  /** How many tasks are to run on a node, or are still being stopped there. */
  tasksOn(id: string): Promise<number>;
}

/** Calls the engine of the node with this name; a refusal is an EngineError. */
export type Call = <T>(ask: (docker: Docker, name: string) => Promise<T>) => Promise<T>;
