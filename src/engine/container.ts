import { z } from 'zod';
import type { Connection } from '../ssh/connection.ts';
import { checked } from './answers.ts';
import { dial } from './dial.ts';
import { type EnginePatience, lookAtEngine } from './engine.ts';
import { EngineError } from './error.ts';

const shape = z.object({ State: z.object({ Running: z.boolean(), Pid: z.number() }) });

/** The id on its node of a running container's first process; undefined where it does not run, or is gone. @throws EngineError */
export async function processOf(
  connection: Connection,
  container: string,
  patience: EnginePatience,
): Promise<number | undefined> {
  const look = lookAtEngine(connection, patience);
  try {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const answer = await look((docker) => dial(docker, { method: 'GET', path }));
    const { Running, Pid } = checked(connection.host.name, shape, answer).State;
    return Running && Pid > 0 ? Pid : undefined;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}
