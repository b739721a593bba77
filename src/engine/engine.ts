// One Docker Engine over one SSH connection: its API through the unix socket on the host (docs/design.md §7). Structured answers,
// no text to parse, no join token in an argv.
import type Docker from 'dockerode';
import pLimit from 'p-limit';
import type { Clock } from '../clock.ts';
import { type Connection, SshError } from '../ssh/connection.ts';
import { limited } from '../wait.ts';
import {
  type ApiNode,
  type ApiTask,
  apiInfo,
  apiNode,
  apiNodeId,
  apiNodes,
  apiPing,
  apiServices,
  apiSwarm,
  apiTasks,
  checked,
  swarmInfo,
  swarmNode,
  swarmTask,
} from './answers.ts';
import { EngineError } from './error.ts';
import { lockCalls } from './lock.ts';
import { inSequence } from './sequence.ts';
import { transport } from './transport.ts';

export { EngineError } from './error.ts';

/** Time limits for an engine to answer a query, to change something, and to start, join or leave a swarm. */
const LOOK_MS = 15_000;
const CHANGE_MS = 30_000;
const MEMBERSHIP_MS = 60_000;
/** Even at the deadline, an engine that answers is still heard. */
const LEAST_MS = 500;
/** stock sshd allows 10 channels a connection. */
const CALLS_AT_ONCE = 6;
/** The subnet size in an address pool, the default of docker's client; the API assigns no addresses without it. */
const SUBNET_BITS = 24;
/** States of a task that has a container, or is about to (https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/). */
const LIVE = /^(assigned|accepted|preparing|ready|starting|running)$/;

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

/** A node as a manager lists it (Engine API, `GET /nodes`). */
export interface SwarmNode {
  id: string;
  hostname: string;
  role: 'manager' | 'worker';
  availability: 'active' | 'pause' | 'drain';
  state: string;
  address: string;
  /** For managers: `reachable`, `unreachable`, `unknown`. */
  reachability: string | undefined;
  leader: boolean;
  labels: Record<string, string>;
  /** Its engine as reported by the node; the version is empty until it is reported. */
  engine: { version: string; labels: Record<string, string> };
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
  role?: SwarmNode['role'];
  availability?: SwarmNode['availability'];
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

/** Whether the connection was cut: it is unknown whether the request was carried out, or still is. */
export const isCutOff = (error: unknown): boolean => error instanceof SshError && error.refusal === 'lost';

/** Whether the engine did not answer in time: as after a cut connection, the outcome is unknown. */
export const isLate = (error: unknown): boolean => error instanceof EngineError && error.isLate;

/** How long to wait for an engine: no call lasts beyond the signal's abort, or much beyond the deadline. */
export interface EnginePatience {
  clock: Clock;
  signal: AbortSignal;
  /** ms since the epoch; without it, only the limit of each call applies. */
  deadline?: number | undefined;
}

/** The engine at the other end of a connection. dockerode is loaded at the first call. */
export const engine = (connection: Connection, patience: EnginePatience): Engine =>
  engineOver(async () => connection, patience);

/** The same over connections that come and go: `connect` returns a live one. A query that was cut off is repeated once. */
export function engineOver(connect: () => Promise<Connection>, patience: EnginePatience): Engine {
  const { clock, signal, deadline = Number.POSITIVE_INFINITY } = patience;
  const limit = pLimit(CALLS_AT_ONCE);
  const caller =
    (mostMs: number): Call =>
    (ask) =>
      limit(async () => {
        signal.throwIfAborted();
        const connection = await connect();
        const { name } = connection.host;
        const timeoutMs = Math.min(mostMs, Math.max(LEAST_MS, deadline - clock.now()));
        const late = () => {
          const seconds = Math.round(timeoutMs / 100) / 10;
          return new EngineError(name, 0, `its Docker engine does not answer (${seconds} s)`, { isLate: true });
        };
        const { default: Client } = await import('dockerode');
        return limited((own) => ask(new Client({ modem: transport(connection, own) } as never), name), {
          clock,
          signal,
          timeoutMs,
          late,
        });
      });
  const call = caller(CHANGE_MS);
  const membership = caller(MEMBERSHIP_MS);
  const lookOnce = caller(LOOK_MS);
  const look: Call = (ask) =>
    lookOnce(ask).catch((error) => {
      if (!isCutOff(error)) throw error;
      return lookOnce(ask);
    });
  return {
    ping: () => look(async (docker, name) => void checked(name, apiPing, await docker.ping())),
    swarm: () => look(async (docker, name) => swarmInfo(checked(name, apiInfo, await docker.info()))),
    init: (advertiseAddress, { defaultAddrPool = [], dataPathPort, autolock = false } = {}) =>
      membership(async (docker, name) => {
        const body = {
          ListenAddr: '0.0.0.0:2377',
          AdvertiseAddr: advertiseAddress,
          ...(defaultAddrPool.length > 0 && {
            DefaultAddrPool: defaultAddrPool,
            SubnetSize: Math.max(SUBNET_BITS, ...defaultAddrPool.map((pool) => Number(pool.split('/')[1]))),
          }),
          ...(dataPathPort !== undefined && { DataPathPort: dataPathPort }),
          ...(autolock && { Spec: { EncryptionConfig: { AutoLockManagers: true } } }),
        };
        return checked(name, apiNodeId, await docker.swarmInit(body));
      }),
    join: ({ managers, token, advertiseAddress }) =>
      membership(async (docker) => {
        const body = {
          ListenAddr: '0.0.0.0:2377',
          AdvertiseAddr: advertiseAddress,
          RemoteAddrs: [...managers],
          JoinToken: token,
        };
        await docker.swarmJoin(body);
      }),
    leave: ({ force }) => membership(async (docker) => void (await docker.swarmLeave({ force }))),
    joinTokens: () =>
      look(async (docker, name) => {
        const { JoinTokens } = checked(name, apiSwarm, await docker.swarmInspect());
        return { worker: JoinTokens.Worker, manager: JoinTokens.Manager };
      }),
    ...lockCalls(call),
    ...nodeCalls(call, look),
  };
}

/** Calls the engine of the node with this name; a refusal is an EngineError. */
export type Call = <T>(ask: (docker: Docker, name: string) => Promise<T>) => Promise<T>;

const isLive = ({ Status: { State: state } }: ApiTask): boolean => LIVE.test(state);

/** The calls to a manager about the nodes of its swarm. */
const nodeCalls = (
  call: Call,
  look: Call,
): Pick<Engine, 'node' | 'nodes' | 'updateNode' | 'removeNode' | 'tasks' | 'serviceNames' | 'tasksOn'> => ({
  node: async (id) => {
    try {
      return await look(async (docker, name) => swarmNode(checked(name, apiNode, await docker.getNode(id).inspect())));
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  },
  // It is idempotent.
  updateNode: (id, change) => look((docker, name) => updateNode(docker, name, id, change)),
  removeNode: async (id, { force = false } = {}) => {
    try {
      // dockerode's types do not show the query that `remove` takes.
      await call(async (docker) => void (await docker.getNode(id).remove({ force } as never)));
    } catch (error) {
      if (!(error instanceof EngineError) || error.status !== 404) throw error;
    }
  },
  tasks: () =>
    look(async (docker, name) =>
      checked(name, apiTasks, await docker.listTasks())
        .filter(isLive)
        .map(swarmTask),
    ),
  serviceNames: () =>
    look(async (docker, name) => {
      const services = checked(name, apiServices, await docker.listServices());
      return new Map(services.map(({ ID, Spec }) => [ID, Spec?.Name ?? ID]));
    }),
  tasksOn: (id) =>
    look(async (docker, name) => {
      const tasks = checked(name, apiTasks, await docker.listTasks({ filters: { node: [id] } }));
      return tasks.filter(isLive).length;
    }),
  nodes: () => look(async (docker, name) => checked(name, apiNodes, await docker.listNodes()).map(swarmNode)),
});

const updateNode = (
  docker: Docker,
  name: string,
  id: string,
  { role, availability, labels }: NodeChange,
): Promise<void> =>
  inSequence(async () => {
    const current: ApiNode = checked(name, apiNode, await docker.getNode(id).inspect());
    const { Spec: spec, Version: version } = current;
    const wanted = {
      ...spec,
      Role: role ?? spec.Role,
      Availability: availability ?? spec.Availability,
      Labels: { ...spec.Labels, ...labels },
    };
    await docker.getNode(id).update({ _query: { version: version.Index }, _body: wanted } as never);
  });
