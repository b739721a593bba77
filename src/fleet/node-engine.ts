// A node of the fleet as the swarm module sees it.
import type { Context } from '../context.ts';
import { engineOver } from '../engine/engine.ts';
import { Interrupted } from '../errors.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import type { NodeEngine } from '../swarm/node-engine.ts';

export interface HeldEngine {
  member: NodeEngine;
  /** Closes its connection. */
  end: () => void;
}

export interface EnginePatience {
  /** No request to the node lasts long beyond this time, ms since the epoch; by default the context's deadline. */
  deadline?: number | undefined;
}

/**
 * A node's engine, until `end` or an interrupt; reconnects when the connection is lost.
 * @throws BeltError when the node cannot be reached
 */
export async function holdEngine(context: Context, node: Node, { deadline }: EnginePatience = {}): Promise<HeldEngine> {
  const { clock, signal } = context;
  const startMs = clock.now();
  const fleet = await context.fleet();
  let connection = await fleet.connect(node, { deadline });
  let again: Promise<Connection> | undefined;
  const live = async () => {
    if (!connection.lost) return connection;
    again ??= fleet.connect(node, { deadline }).finally(() => {
      again = undefined;
    });
    connection = await again;
    return connection;
  };
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  return {
    member: {
      name: node.name,
      privateAddress: node.privateAddress,
      engine: engineOver(live, { clock, signal, deadline }),
    },
    end: () => {
      signal.removeEventListener('abort', stop);
      connection.end();
      context.trace?.(`${node.name} engine API done ${clock.now() - startMs} ms`);
    },
  };
}

/** How nodes are reached: over SSH, or replaced in tests. */
export interface Reach {
  hold: typeof holdEngine;
  use: typeof withEngine;
}

/** Uses a node's engine; the connection lasts until `use` ends. */
export async function withEngine<T>(
  context: Context,
  node: Node,
  use: (member: NodeEngine) => Promise<T>,
  patience: EnginePatience = {},
): Promise<T> {
  const { member, end } = await holdEngine(context, node, patience);
  try {
    return await use(member);
  } catch (error) {
    // A command's own message about its interruption is kept.
    if (!(error instanceof Interrupted)) context.signal.throwIfAborted();
    throw error;
  } finally {
    end();
  }
}

export const overSsh: Reach = { hold: holdEngine, use: withEngine };
