// One Docker Engine over one SSH connection: its API through the unix socket on the host (docs/design.md §7). Structured answers,
// no text to parse, no join token in an argv.
import type Docker from 'dockerode';
import pLimit from 'p-limit';
import type { Clock } from '../clock.ts';
import { SUBNET_BITS } from '../config/cluster/address-pool.ts';
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
import { type ContainerEngine, containerCalls } from './container-calls.ts';
import { EngineError, silentEngine } from './error.ts';
import { type ImageEngine, imageCalls } from './image-calls.ts';
import { lockCalls } from './lock.ts';
import type { Call, Engine, NodeChange } from './model.ts';
import { inSequence } from './sequence.ts';
import { type StackEngine, stackCalls } from './stack-calls.ts';
import { transport } from './transport.ts';

export type { SwarmNode } from '../model/swarm-node.ts';
export { EngineError } from './error.ts';
export type { Engine, InitOptions, JoinRequest, NodeChange, SwarmInfo, SwarmTask } from './model.ts';

/** Time limits for an engine to answer a query, to change something, and to start, join or leave a swarm. */
const LOOK_MS = 15_000;
const CHANGE_MS = 30_000;
const MEMBERSHIP_MS = 60_000;
/** Even at the deadline, an engine that answers is still heard. */
const LEAST_MS = 500;
/** stock sshd allows 10 channels a connection. */
const CALLS_AT_ONCE = 6;
/** States of a task that has a container, or is about to (https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/). */
export const LIVE = /^(assigned|accepted|preparing|ready|starting|running)$/;

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
  const caller = callers(connect, patience);
  const call = caller(CHANGE_MS);
  const look = twice(caller(LOOK_MS));
  return {
    ping: () => look(async (docker, name) => void checked(name, apiPing, await docker.ping())),
    swarm: () => look(async (docker, name) => swarmInfo(checked(name, apiInfo, await docker.info()))),
    joinTokens: () =>
      look(async (docker, name) => {
        const { JoinTokens } = checked(name, apiSwarm, await docker.swarmInspect());
        return { worker: JoinTokens.Worker, manager: JoinTokens.Manager };
      }),
    ...membershipCalls(caller(MEMBERSHIP_MS)),
    ...lockCalls(call),
    ...nodeCalls(call, look),
  };
}

/** What a stack consists of, by a manager at the other end of connections that come and go. */
export function stackEngineOver(connect: () => Promise<Connection>, patience: EnginePatience): StackEngine {
  const caller = callers(connect, patience);
  return stackCalls(caller(CHANGE_MS), twice(caller(LOOK_MS)));
}

/** Questions to the engine of one node that belt's other calls do not ask. */
export const lookAtEngine = (connection: Connection, patience: EnginePatience): Call =>
  callers(async () => connection, patience)(LOOK_MS);

/** The images of the engine at the other end of connections that come and go. */
export function imageEngineOver(connect: () => Promise<Connection>, patience: EnginePatience): ImageEngine {
  const caller = callers(connect, patience);
  return imageCalls(caller(CHANGE_MS), twice(caller(LOOK_MS)));
}

/** What one engine runs, over connections that come and go. */
export function containerEngineOver(connect: () => Promise<Connection>, patience: EnginePatience): ContainerEngine {
  return containerCalls(twice(callers(connect, patience)(LOOK_MS)));
}

/** A query that was cut off is repeated once. */
const twice =
  (lookOnce: Call): Call =>
  (ask) =>
    lookOnce(ask).catch((error) => {
      if (!isCutOff(error)) throw error;
      return lookOnce(ask);
    });

/** Gives calls that each end after this many ms, a few at a time. */
function callers(
  connect: () => Promise<Connection>,
  { clock, signal, deadline = Number.POSITIVE_INFINITY }: EnginePatience,
): (mostMs: number) => Call {
  const limit = pLimit(CALLS_AT_ONCE);
  return (mostMs) => (ask) =>
    limit(async () => {
      signal.throwIfAborted();
      const connection = await connect();
      const { name } = connection.host;
      const timeoutMs = Math.min(mostMs, Math.max(LEAST_MS, deadline - clock.now()));
      const late = () => {
        const seconds = Math.round(timeoutMs / 100) / 10;
        return silentEngine(name, ` (${seconds} s)`, { isLate: true });
      };
      const { default: Client } = await import('dockerode');
      return limited((own) => ask(new Client({ modem: transport(connection, own) } as never), name), {
        clock,
        signal,
        timeoutMs,
        late,
      });
    });
}

/** How an engine enters a swarm, and leaves it. */
const membershipCalls = (call: Call): Pick<Engine, 'init' | 'join' | 'leave'> => ({
  init: (advertiseAddress, { defaultAddrPool = [], dataPathPort, autolock = false } = {}) =>
    call(async (docker, name) => {
      const body = {
        ListenAddr: '0.0.0.0:2377',
        AdvertiseAddr: advertiseAddress,
        ...(defaultAddrPool.length > 0 && {
          DefaultAddrPool: defaultAddrPool,
          // The API assigns no addresses without it.
          SubnetSize: SUBNET_BITS,
        }),
        ...(dataPathPort !== undefined && { DataPathPort: dataPathPort }),
        ...(autolock && { Spec: { EncryptionConfig: { AutoLockManagers: true } } }),
      };
      return checked(name, apiNodeId, await docker.swarmInit(body));
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
});

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
