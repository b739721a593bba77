// A node asked for its swarm with little patience: who asks does not want to wait for a node that is gone.
import type { Context } from '../../context.ts';
import { engine } from '../../engine/engine.ts';
import type { Node } from '../../fleet.ts';
import { connect } from '../../ssh/connection.ts';
import { type Seen, seen } from '../../swarm/seen.ts';

/** For one node: TCP, handshake and login. */
const CONNECT_MS = 3_000;

/** Undefined from a node whose host key nobody pinned here: it is not asked. @throws when it does not answer in time */
export async function askQuickly(context: Context, node: Node, signal: AbortSignal): Promise<Seen | undefined> {
  // Not by fleet.connect: where a node does not answer, that asks DigitalOcean for its address once more.
  const host = await (await context.fleet()).host(node);
  if (host.hostKeys.length === 0) return undefined;
  const startMs = context.clock.now();
  const connection = await connect(host, { timeoutMs: CONNECT_MS, signal });
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await seen(engine(connection, { ...context, signal }));
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end();
    context.trace?.(`${node.name} asked for its swarm ${context.clock.now() - startMs} ms`);
  }
}
