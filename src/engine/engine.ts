// One Docker Engine over one SSH connection: its API through the unix socket on the host (design §7). Structured answers,
// no text to parse, no join token in an argv.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type Docker from 'dockerode';
import { BeltError, messageOf } from '../errors.ts';
import { type Connection, SshError } from '../ssh/connection.ts';
import { type ApiNode, type ApiTask, swarmInfo, swarmNode, swarmTask } from './answers.ts';
import { lockCalls } from './lock.ts';
import { inSequence } from './sequence.ts';

const SOCKET = '/var/run/docker.sock';
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
  /** Its engine as the node told of it; the version is empty where it did not yet. */
  engine: { version: string; labels: Record<string, string> };
}

/** A task that has a container, or is about to have one (Engine API, `GET /tasks`). */
export interface SwarmTask {
  serviceId: string;
  /** Undefined while no node was found for it. */
  nodeId: string | undefined;
  /** Of a replicated service; tasks of a global one have none. */
  slot: number | undefined;
  state: string;
  /** What the swarm wants it to be. */
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
  /** Makes this engine the first manager of a new swarm and gives its node id. */
  init(advertiseAddress: string, options?: InitOptions): Promise<string>;
  join(request: JoinRequest): Promise<void>;
  leave(options: { force: boolean }): Promise<void>;
  /** The secrets with which others join. Never print them. */
  joinTokens(): Promise<{ worker: string; manager: string }>;
  /** Changes the swarm's spec; the rest of it stays. */
  updateSwarm(change: { autolock: boolean }): Promise<void>;
  /** The secret that opens managers that restarted; empty where they do not lock themselves. Never print it. */
  unlockKey(): Promise<string>;
  /** Opens this engine, which locked itself. */
  unlock(key: string): Promise<void>;
  nodes(): Promise<SwarmNode[]>;
  /** One node by its id; undefined when this manager's swarm has none such. */
  node(id: string): Promise<SwarmNode | undefined>;
  /** Changes a node's spec; when somebody else changed it meanwhile, once more from what it is then. */
  updateNode(id: string, change: NodeChange): Promise<void>;
  /** Takes a node off the list: one that is down or, with `force`, any that is no manager. One that is not listed counts as removed. */
  removeNode(id: string, options?: { force?: boolean }): Promise<void>;
  /** The tasks of all services, those that ended left out. */
  tasks(): Promise<SwarmTask[]>;
  /** The names of the services, by id. */
  serviceNames(): Promise<Map<string, string>>;
  /** How many tasks are to run on a node, or are still being stopped there. */
  tasksOn(id: string): Promise<number>;
}

/** An engine refused, in its own words. */
export class EngineError extends BeltError {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(node: string, status: number, message: string) {
    super(`${node}: ${message}`);
    this.status = status;
  }
}

/** Whether the connection was cut: nobody knows whether what was asked is done, or is being done still. */
export const isCutOff = (error: unknown): boolean => error instanceof SshError && error.refusal === 'lost';

/** The engine at the other end of a connection. dockerode is loaded at the first call. */
export const engine = (connection: Connection): Engine => engineOver(async () => connection);

/** The same by connections that come and go: `connect` gives one that lives. A look that was cut off is repeated once. */
export function engineOver(connect: () => Promise<Connection>): Engine {
  let over: Connection | undefined;
  let client: Promise<Docker> | undefined;
  const call: Call = async (ask) => {
    const connection = await connect();
    if (connection !== over) client = dockerode(connection);
    over = connection;
    try {
      return await ask(await client!);
    } catch (error) {
      throw engineError(connection, error);
    }
  };
  const look: Call = (ask) =>
    call(ask).catch((error) => {
      if (!isCutOff(error)) throw error;
      return call(ask);
    });
  return {
    ping: () => look(async (docker) => void (await docker.ping())),
    swarm: () => look(async (docker) => swarmInfo(await docker.info())),
    init: (advertiseAddress, { defaultAddrPool = [], dataPathPort, autolock = false } = {}) =>
      call(async (docker) => {
        const body = {
          ListenAddr: '0.0.0.0:2377',
          AdvertiseAddr: advertiseAddress,
          ...(defaultAddrPool.length > 0 && { DefaultAddrPool: defaultAddrPool }),
          ...(dataPathPort !== undefined && { DataPathPort: dataPathPort }),
          ...(autolock && { Spec: { EncryptionConfig: { AutoLockManagers: true } } }),
        };
        return String(await docker.swarmInit(body));
      }),
    join: ({ managers, token, advertiseAddress }) =>
      call(async (docker) => {
        const body = {
          ListenAddr: '0.0.0.0:2377',
          AdvertiseAddr: advertiseAddress,
          RemoteAddrs: [...managers],
          JoinToken: token,
        };
        await docker.swarmJoin(body);
      }),
    leave: ({ force }) => call(async (docker) => void (await docker.swarmLeave({ force }))),
    joinTokens: () =>
      look(async (docker) => {
        const { JoinTokens } = (await docker.swarmInspect()) as { JoinTokens: { Worker: string; Manager: string } };
        return { worker: JoinTokens.Worker, manager: JoinTokens.Manager };
      }),
    ...lockCalls(call),
    ...nodeCalls(call, look),
  };
}

/** Asks an engine; what it refuses is an EngineError. */
export type Call = <T>(ask: (docker: Docker) => Promise<T>) => Promise<T>;

const isLive = ({ Status: { State: state } }: ApiTask): boolean => LIVE.test(state);

/** What a manager is asked about the nodes of its swarm. */
const nodeCalls = (
  call: Call,
  look: Call,
): Pick<Engine, 'node' | 'nodes' | 'updateNode' | 'removeNode' | 'tasks' | 'serviceNames' | 'tasksOn'> => ({
  node: async (id) => {
    try {
      return await look(async (docker) => swarmNode((await docker.getNode(id).inspect()) as ApiNode));
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return undefined;
      throw error;
    }
  },
  // What it sets is the same the second time.
  updateNode: (id, change) => look((docker) => updateNode(docker, id, change)),
  removeNode: async (id, { force = false } = {}) => {
    try {
      // dockerode's types do not show the query that `remove` takes.
      await call(async (docker) => void (await docker.getNode(id).remove({ force } as never)));
    } catch (error) {
      if (!(error instanceof EngineError) || error.status !== 404) throw error;
    }
  },
  tasks: () => look(async (docker) => ((await docker.listTasks()) as ApiTask[]).filter(isLive).map(swarmTask)),
  serviceNames: () =>
    look(async (docker) => new Map((await docker.listServices()).map(({ ID, Spec }) => [ID, Spec?.Name ?? ID]))),
  tasksOn: (id) =>
    look(async (docker) => {
      const tasks = (await docker.listTasks({ filters: { node: [id] } })) as ApiTask[];
      return tasks.filter(isLive).length;
    }),
  nodes: () => look(async (docker) => ((await docker.listNodes()) as unknown as ApiNode[]).map(swarmNode)),
});

const updateNode = (docker: Docker, id: string, { role, availability, labels }: NodeChange): Promise<void> =>
  inSequence(async () => {
    const { Spec: spec, Version: version } = (await docker.getNode(id).inspect()) as ApiNode;
    const wanted = {
      ...spec,
      Role: role ?? spec.Role,
      Availability: availability ?? spec.Availability,
      Labels: { ...spec.Labels, ...labels },
    };
    await docker.getNode(id).update({ _query: { version: version.Index }, _body: wanted } as never);
  });

async function dockerode(connection: Connection): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  // `agent` goes through to docker-modem, whose options dockerode's types do not show.
  const options = { host: 'docker', port: 2375, protocol: 'http', agent: new ChannelAgent(connection) };
  return new Client(options as Docker.DockerOptions);
}

/** Hands HTTP a channel of the SSH connection for every request. */
class ChannelAgent extends http.Agent {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    // stock sshd allows 10 channels a connection; dockerode asks one thing at a time.
    super({ keepAlive: false, maxSockets: 6 });
    this.#connection = connection;
  }

  /** docker-modem spells out the options of each request for its debug line, printed or not: the whole connection with them. */
  [inspect.custom](): string {
    return 'ChannelAgent';
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#connection.unixSocket(SOCKET).then(
      (channel) => done?.(null, socketLike(channel)),
      (error) => done?.(error, undefined as never),
    );
    return undefined;
  }
}

/** http expects a socket's methods; a channel has nothing to do for them. */
function socketLike(channel: Duplex): Duplex {
  const nothing = () => channel;
  return Object.assign(channel, {
    setKeepAlive: nothing,
    setNoDelay: nothing,
    setTimeout: nothing,
    ref: nothing,
    unref: nothing,
  });
}

function engineError(connection: Connection, error: unknown): BeltError {
  if (error instanceof BeltError) return error;
  const node = connection.host.name;
  const { statusCode, json } = error as { statusCode?: number; json?: { message?: string } };
  if (statusCode !== undefined) return new EngineError(node, statusCode, json?.message ?? messageOf(error));
  if (connection.lost) return connection.lostError();
  const why = messageOf(error).replace(/^\(SSH\) /, '');
  const words = /open failed$/.test(why) ? `nothing listens on ${SOCKET}` : why;
  return new EngineError(node, 0, `its Docker engine does not answer: ${words}`);
}
