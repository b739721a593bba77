// The commands that run in a container besides its own: docker's client passes no signal on to them.
import { z } from 'zod';
import type { Connection } from '../ssh/connection.ts';
import type { Kill } from '../ssh/forward.ts';
import { checked } from './answers.ts';
import { dial } from './dial.ts';
import { type EnginePatience, lookAtEngine } from './engine.ts';

const apiContainer = z.object({ ExecIDs: z.array(z.string()).nullish() });
/** `DetachKeys` is in base64. */
const apiExec = z.object({ Running: z.boolean(), DetachKeys: z.string().nullish(), Pid: z.number().nullish() });

/**
 * A value for `docker exec --detach-keys`, which the engine tells again of the exec: it is known by that. Nobody types it, so that
 * ctrl-p reaches the program.
 */
export function newMark(randomHex: string): string {
  return ['ctrl-^', ...randomHex].join(',');
}

const bytesOf = (mark: string): string =>
  Buffer.from(
    mark
      .split(',')
      .map((key) => (key === 'ctrl-^' ? '\x1e' : key))
      .join(''),
  ).toString('base64');

/**
 * Sends a signal to the command in the container that runs under a mark, and to docker's client only where that cannot be done.
 */
export const killExec =
  (container: string, mark: string, patience: EnginePatience): Kill =>
  async (signal, client, connection) => {
    const pid = await execPid(connection, container, mark, patience).catch(() => undefined);
    const lines = pid === undefined ? [] : [`kill -${signal} ${pid}`, `sudo -n kill -${signal} ${pid}`];
    return [...lines, `kill -${signal} ${client}`];
  };

/** The process on the host; undefined where there is none yet, or no more. */
async function execPid(
  connection: Connection,
  container: string,
  mark: string,
  patience: EnginePatience,
): Promise<number | undefined> {
  const look = lookAtEngine(connection, patience);
  const get = (path: string) => look((docker) => dial(docker, { method: 'GET', path }));
  const { name } = connection.host;
  const { ExecIDs: ids } = checked(name, apiContainer, await get(`/containers/${container}/json`));
  const wanted = bytesOf(mark);
  for (const id of (ids ?? []).toReversed()) {
    const exec = checked(name, apiExec, await get(`/exec/${id}/json`));
    if (exec.Running && exec.DetachKeys === wanted && exec.Pid) return exec.Pid;
  }
  return undefined;
}
