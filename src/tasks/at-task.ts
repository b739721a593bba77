// Work on the container of a task, which may have been replaced since it was found.
import type { Context } from '../context.ts';
import { ContainerGone } from '../engine/container-files.ts';
import { BeltError } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { poll } from '../wait.ts';
import type { SharedConnections } from './connections.ts';
import { lookAt, type Place } from './find.ts';

/** For the manager to know of the task that took the place of one that ended. */
const AGAIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
const MOST_MOVES = 3;

/** The task ended, and none took its place in time. */
export class TaskGone extends BeltError {
  override readonly name = 'TaskGone';
}

export interface AtTaskOptions {
  place: Place;
  signal: AbortSignal;
  /** For a connection, ms since the epoch. */
  deadline?: number | undefined;
}

/**
 * `use` only begins, and throws ContainerGone where the container is gone: then it is called again with the next one. The connection is for
 * the caller to release.
 */
export async function atTask<T>(
  context: Context,
  connections: SharedConnections,
  { place, signal, deadline }: AtTaskOptions,
  use: (connection: Connection, at: Place) => Promise<T>,
): Promise<{ connection: Connection; at: Place; begun: T }> {
  let at = place;
  for (let moves = 0; ; moves++) {
    const connection = await connections.connect(at.node, { signal, deadline });
    try {
      return { connection, at, begun: await use(connection, at) };
    } catch (error) {
      connections.release(connection);
      if (!(error instanceof ContainerGone) || moves >= MOST_MOVES) throw error;
      at = await nextOf(context, connections, { at, signal });
    }
  }
}

async function nextOf(
  context: Context,
  connections: SharedConnections,
  { at, signal }: { at: Place; signal: AbortSignal },
): Promise<Place> {
  const { task, name, container } = at;
  const gone = new TaskGone(task ? `it ended` : 'no such container', {
    hint: task ? `see: belt docker service ps ${task.service}` : `see: belt --host ${at.node.name} docker ps -a`,
  });
  if (!task) throw gone;
  const found = await poll(
    async () => {
      const { running } = await lookAt(context, connections, task.service);
      return running.find((one) => one.name === name && one.container !== container);
    },
    { clock: context.clock, signal, deadline: context.clock.now() + AGAIN_MS, intervalMs: LOOK_EVERY_MS },
  );
  if (!found) throw gone;
  return found;
}
