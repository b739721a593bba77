import { z } from 'zod';
import type { Connection } from '../ssh/connection.ts';
import { checked } from './answers.ts';
import { dial } from './dial.ts';
import { type EnginePatience, lookAtEngine } from './engine.ts';
import { EngineError } from './error.ts';

const state = z.object({ State: z.object({ Running: z.boolean() }) });
const process = z.object({ State: z.object({ Running: z.boolean(), Pid: z.number() }) });

/** The id on its node of a running container's first process; undefined where it does not run, or is gone. @throws EngineError */
export async function processOf(
  connection: Connection,
  container: string,
  patience: EnginePatience,
): Promise<number | undefined> {
  const found = await inspect(connection, container, { shape: process, patience });
  return found?.State.Running && found.State.Pid > 0 ? found.State.Pid : undefined;
}

/** @throws EngineError where the engine cannot tell */
export async function isRunning(connection: Connection, container: string, patience: EnginePatience): Promise<boolean> {
  return (await inspect(connection, container, { shape: state, patience }))?.State.Running ?? false;
}

/** Undefined where it is gone. */
async function inspect<T>(
  connection: Connection,
  container: string,
  { shape, patience }: { shape: z.ZodType<T>; patience: EnginePatience },
): Promise<T | undefined> {
  const look = lookAtEngine(connection, patience);
  try {
    const path = `/containers/${encodeURIComponent(container)}/json`;
    const answer = await look((docker) => dial(docker, { method: 'GET', path }));
    return checked(connection.host.name, shape, answer);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return undefined;
    throw error;
  }
}
