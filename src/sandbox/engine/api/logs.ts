// `GET /containers/ID/json` and `/logs`: what simulated containers write, which is a line when they start.
import { EngineError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import type { Task } from '../model/service.ts';
import { Reply } from './reply.ts';

/** How often it looks whether a task that is followed still runs, in ms. */
const LOOK_MS = 100;

function taskOf(engine: Engine, id: string): Task {
  const { swarm, node } = engine.membership ?? {};
  for (const task of swarm?.tasks.values() ?? [])
    if (task.node === node && task.containerId !== '' && task.containerId.startsWith(id)) return task;
  throw new EngineError(404, `No such container: ${id}`);
}

const driverOf = (engine: Engine, { template }: Task): string =>
  (template['LogDriver'] as { Name?: string } | undefined)?.Name ?? engine.logDriver;

/** `GET /containers/ID/json`, as far as it is about the log. */
export function containerInspect(engine: Engine, id: string): object {
  const task = taskOf(engine, id);
  return {
    Id: task.containerId,
    State: { Status: 'running', Running: true },
    Config: { Tty: task.template.ContainerSpec['TTY'] === true },
    HostConfig: { LogConfig: { Type: driverOf(engine, task), Config: {} } },
  };
}

/** `GET /containers/ID/logs`, with timestamps: one that is followed ends with the container. */
export function containerLogs(engine: Engine, id: string, query: URLSearchParams): Reply {
  const task = taskOf(engine, id);
  if (driverOf(engine, task) === 'none') {
    throw new EngineError(501, 'configured logging driver does not support reading');
  }
  const startedMs = Date.parse(task.startedAt);
  const isWanted =
    query.get('tail') !== '0' &&
    startedMs >= Number(query.get('since') ?? 0) * 1000 &&
    startedMs <= Number(query.get('until') ?? Number.POSITIVE_INFINITY) * 1000;
  const isFollowed = query.get('follow') === '1' && task.state === 'running';
  const pieces = async function* () {
    if (isWanted) yield frame(task);
    while (isFollowed && task.state === 'running') await engine.world.pause(LOOK_MS);
  };
  return new Reply('application/vnd.docker.multiplexed-stream', pieces());
}

function frame(task: Task): Buffer {
  const { Image, Args = [] } = task.template.ContainerSpec;
  const [program, ...words] = Args;
  const text = program === 'echo' ? words.join(' ') : `${Image.replace(/@sha256:.*$/, '')} started (simulated)`;
  const payload = Buffer.from(`${task.startedAt.replace('Z', '000000Z')} ${text}\n`);
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}
