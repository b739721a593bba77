// A question to a manager of the swarm: to one that was a manager when belt last looked, which is one connection; where that
// does not answer as one, to any that does.
import { activeNode, knownNodes } from '../config/choices.ts';
import { seenMembers } from '../config/swarm-seen.ts';
import type { Context } from '../context.ts';
import { stackEngineOver } from '../engine/engine.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { withManager } from '../stack/manager.ts';
import type { SharedConnections } from './connections.ts';

/** For one manager to answer, when there are others. */
const ANSWER_MS = 8_000;

/** `ask` only looks: it may be repeated. @throws BeltError when no manager answers */
export async function askManager<T>(
  context: Context,
  connections: SharedConnections,
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
