// /containers/ID of one engine: those that somebody created there, and what any of its containers uses. The figures are made up: a
// fiftieth of a CPU, and traffic that grows with the time.
import { EngineError } from '../errors.ts';
import { NOT_PLAYED } from '../failure.ts';
import {
  addContainer,
  type Container,
  type ContainerConfig,
  findContainer,
  type PublishedPort,
  removeContainer,
  startContainer,
  stopContainer,
} from '../model/container.ts';
import type { Engine } from '../model/engine.ts';
import { findImage } from './images.ts';
import { entriesHere } from './local.ts';
import { Reply } from './reply.ts';

const MIB = 1024 * 1024;

export function containerCreate(engine: Engine, config: ContainerConfig, name: string | null): object {
  if (findImage(engine, config.Image ?? '') === undefined) throw noSuchImage(config.Image ?? '');
  return { Id: addContainer(engine, config, name).id, Warnings: [] };
}

const noSuchImage = (name: string) => new EngineError(404, `No such image: ${name}`);

function plain(engine: Engine, word: string): Container {
  const found = findContainer(engine, word);
  if (found) return found;
  const task = entriesHere(engine).find(({ id }) => id.startsWith(word));
  if (task) throw new EngineError(501, `changing the container of a task: ${NOT_PLAYED}`);
  throw new EngineError(404, `No such container: ${word}`);
}

export function containerStart(engine: Engine, word: string): void {
  const taken = entriesHere(engine).flatMap(({ ports }): PublishedPort[] =>
    ports.flatMap(({ PublicPort: port, PrivatePort: target, Type: protocol }) =>
      port === undefined ? [] : [{ port, target, protocol }],
    ),
  );
  startContainer(engine, plain(engine, word), taken);
}

export const containerStop = (engine: Engine, word: string): void => stopContainer(engine, plain(engine, word));

/** `POST /containers/ID/wait`: until it ends, or is removed. Clients ask before they start it. */
export function containerWait(engine: Engine, word: string, query: URLSearchParams): Reply {
  const container = plain(engine, word);
  const isOver = query.get('condition') !== 'next-exit' && container.state === 'exited';
  const ended = isOver ? Promise.resolve() : new Promise<void>((resolve) => container.onEnd.push(resolve));
  const pieces = async function* () {
    await ended;
    yield `${JSON.stringify({ StatusCode: 0 })}\n`;
  };
  return new Reply('application/json', pieces());
}

export const containerRemove = (engine: Engine, word: string, options: { force: boolean }): void =>
  removeContainer(engine, plain(engine, word), options);

/** `GET /containers/ID/json` of one that somebody created; undefined where there is none. */
export function plainInspect(engine: Engine, word: string): object | undefined {
  const container = findContainer(engine, word);
  if (container === undefined) return undefined;
  const { id, name, config, createdMs, state, stateMs, ports } = container;
  const { HostConfig, ...others } = config;
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    Id: id,
    Name: `/${name}`,
    Created: at(createdMs),
    Image: findImage(engine, config.Image ?? '')?.id ?? '',
    State: { Status: state, Running: state === 'running', Paused: false, ExitCode: 0, StartedAt: at(stateMs) },
    Config: { Tty: false, ...others },
    HostConfig: { LogConfig: { Type: engine.logDriver, Config: {} }, ...HostConfig },
    NetworkSettings: {
      Ports: Object.fromEntries(
        ports.map(({ port, target, protocol }) => [
          `${target}/${protocol}`,
          [{ HostIp: '0.0.0.0', HostPort: String(port) }],
        ]),
      ),
    },
  };
}

/** `GET /containers/ID/stats`, one sample. */
export function containerStats(engine: Engine, word: string, query: URLSearchParams): object {
  if (!['0', 'false'].includes(query.get('stream') ?? '')) {
    throw new EngineError(501, `a stream of stats: ${NOT_PLAYED}`);
  }
  const found = entriesHere(engine).find(({ id, name }) => name === word || id.startsWith(word));
  if (found === undefined) throw new EngineError(404, `No such container: ${word}`);
  const { machine, world, startedAt } = engine;
  const nowMs = world.now();
  const ranMs = found.state === 'running' ? Math.max(0, nowMs - found.stateMs) : 0;
  const cpu = (agoMs: number) => ({
    cpu_usage: { total_usage: Math.round((Math.max(0, ranMs - agoMs) * 1e6) / 50) },
    system_cpu_usage: Math.max(0, nowMs - startedAt - agoMs) * 1e6 * machine.vcpus,
    online_cpus: machine.vcpus,
  });
  const memory = { usage: 24 * MIB, limit: machine.memoryMiB * MIB, stats: { inactive_file: 4 * MIB } };
  return {
    id: found.id,
    name: `/${found.name}`,
    read: new Date(nowMs).toISOString(),
    ...(found.state === 'running' && {
      cpu_stats: cpu(0),
      // A real engine takes a second for it.
      ...(!['1', 'true'].includes(query.get('one-shot') ?? '') && { precpu_stats: cpu(1_000) }),
      memory_stats: memory,
      networks: { eth0: { rx_bytes: 1_000 + ranMs, tx_bytes: 500 + ranMs } },
      blkio_stats: {
        io_service_bytes_recursive: [
          { major: 254, minor: 0, op: 'read', value: 4 * MIB },
          { major: 254, minor: 0, op: 'write', value: 0 },
        ],
      },
      pids_stats: { current: 2 },
    }),
  };
}
