// A node of the fleet as the swarm room knows it.
import type { Context } from '../context.ts';
import { engineOver } from '../engine/engine.ts';
import { Interrupted } from '../errors.ts';
import type { Node } from '../fleet.ts';
import type { Connection } from '../ssh/connection.ts';
import type { Member } from '../swarm/member.ts';

export interface HeldMember {
  member: Member;
  /** Ends its connection. */
  end: () => void;
}

export interface MemberPatience {
  /** Nothing that is asked of the node goes on for long after this time, ms since the epoch; the context's own without it. */
  deadline?: number | undefined;
}

/**
 * A node's engine, until `end` or an interrupt; connected to again when the connection was cut.
 * @throws BeltError when the node cannot be reached
 */
export async function holdMember(context: Context, node: Node, { deadline }: MemberPatience = {}): Promise<HeldMember> {
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

/** How nodes are reached: over SSH, or as a test says. */
export interface Reach {
  hold: typeof holdMember;
  use: typeof withMember;
}

/** Uses a node's engine; its connection lasts as long as that takes. */
export async function withMember<T>(
  context: Context,
  node: Node,
  use: (member: Member) => Promise<T>,
  patience: MemberPatience = {},
): Promise<T> {
  const { member, end } = await holdMember(context, node, patience);
  try {
    return await use(member);
  } catch (error) {
    // What a command says of its own interruption is kept.
    if (!(error instanceof Interrupted)) context.signal.throwIfAborted();
    throw error;
  } finally {
    end();
  }
}

export const overSsh: Reach = { hold: holdMember, use: withMember };
