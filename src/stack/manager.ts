// A manager of the swarm: any that answers, and another one when that goes away; for a question alone the one that was a manager when belt
// last looked, which is one connection.
import { activeNode, knownNodes } from '../config/choices.ts';
import { seenMembers } from '../config/swarm-seen.ts';
import type { Context } from '../context.ts';
import { stackEngineOver } from '../engine/engine.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { Interrupted, messageOf } from '../errors.ts';
import { answeringManagers, connectToManager } from '../fleet/managers.ts';
import type { Connections } from '../fleet/on-many.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';

const KEEP_ALIVE = { everyMs: 3_000, misses: 3 };

/** For work that changes something. @throws BeltError when no manager answers */
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

/** For one manager to answer, when there are others. */
const ANSWER_MS = 8_000;

/** `ask` only looks: it may be repeated. @throws BeltError when no manager answers */
export async function askManager<T>(
  context: Context,
  connections: Connections,
  ask: (engine: StackEngine) => Promise<T>,
): Promise<T> {
  const { clock, signal } = context;
  const known = await likelyManager(context);
  if (known) {
    const deadline = clock.now() + ANSWER_MS;
    try {
      const connection = await connections.connect(known, { deadline });
      try {
        return await ask(stackEngineOver(async () => connection, { clock, signal, deadline }));
      } finally {
        connections.release(connection);
      }
    } catch (error) {
      signal.throwIfAborted();
      context.trace?.(`${known.name} asked as a manager: ${messageOf(error)}`);
    }
  }
  return await withManager(context, ask);
}

/** The active node if it was a manager, else another that was. */
async function likelyManager(context: Context): Promise<Node | undefined> {
  const [state, { cluster }] = await Promise.all([context.state(), context.settings()]);
  const seen = seenMembers(state);
  const active = activeNode(state, cluster);
  const managers = knownNodes(state, cluster).filter(({ id }) => {
    const member = seen.get(id);
    return member?.role === 'manager' && member.state === 'ready';
  });
  return managers.find(({ name }) => name === active) ?? managers[0];
}
