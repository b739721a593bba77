// A stack's engine: any manager that answers, and another one when that goes away.
import type { Context } from '../context.ts';
import { stackEngineOver } from '../engine/engine.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { Interrupted } from '../errors.ts';
import { answeringManagers, connectToManager } from '../fleet/managers.ts';
import type { Connection } from '../ssh/connection.ts';

const KEEP_ALIVE = { everyMs: 3_000, misses: 3 };

/** @throws BeltError when no manager answers */
export async function withManager<T>(context: Context, use: (engine: StackEngine) => Promise<T>): Promise<T> {
  const { clock, signal } = context;
  const managers = await answeringManagers(context);
  const connect = () => connectToManager(context, managers, { keepAlive: KEEP_ALIVE });
  let connection = await connect();
  let again: Promise<Connection> | undefined;
  const live = async () => {
    if (!connection.lost) return connection;
    again ??= connect().finally(() => {
      again = undefined;
    });
    connection = await again;
    return connection;
  };
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await use(stackEngineOver(live, { clock, signal }));
  } catch (error) {
    // A run's own words about its interruption are kept.
    if (!(error instanceof Interrupted)) signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end();
  }
}
