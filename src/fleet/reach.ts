// A connection to a node, whatever its address is by now.
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Fleet, Node } from '../fleet.ts';
import { type Connection, connect, SshError } from '../ssh/connection.ts';

const CONNECT_TIMEOUT_MS = 15_000;
/** sshd drops connections beyond MaxStartups (10 unauthenticated ones) at random: that passes. */
const DROPPED_PAUSES_MS = [300, 900];

/** Connects; asks for the node's address anew when the one that is known does not lead to it. @throws BeltError */
export async function reach(context: Context, fleet: Fleet, node: Node): Promise<Connection> {
  try {
    return await firstLogin(context, fleet, node, await dial(context, fleet, node));
  } catch (error) {
    if (!(error instanceof SshError) || error.refusal === 'auth') throw error;
    // The cached address may be another machine's by now: the pinned key says so before anything is sent.
    const now = await freshNode(context, node).catch(() => undefined);
    if (now === 'gone') throw new BeltError(`${node.name} does not exist any more`, { hint: 'see: belt ls' });
    if (now === undefined || (now.id === node.id && now.publicAddress === node.publicAddress)) throw error;
    return dial(context, fleet, now);
  }
}

/** A droplet that was made without waiting for it is met here for the first time. */
async function firstLogin(context: Context, fleet: Fleet, node: Node, connection: Connection): Promise<Connection> {
  try {
    await fleet.ownHostKey(node, connection, (task) => task());
  } catch (error) {
    context.signal.throwIfAborted();
    // It works by the key that it has; the next login tries again.
    context.trace?.(`${node.name} ssh keeps the host key of its user data: ${messageOf(error)}`);
  }
  return connection;
}

async function freshNode(context: Context, node: Node): Promise<Node | 'gone'> {
  const nodes = await (await context.fleet()).list();
  return nodes.find(({ id }) => id === node.id) ?? nodes.find(({ name }) => name === node.name) ?? 'gone';
}

async function dial(context: Context, fleet: Fleet, node: Node): Promise<Connection> {
  const { clock, signal } = context;
  const host = await fleet.host(node);
  for (let tries = 0; ; tries++) {
    const startMs = clock.now();
    try {
      const connection = await connect(host, { timeoutMs: CONNECT_TIMEOUT_MS, signal });
      context.trace?.(
        `${node.name} ssh ${host.user}@${host.address}:${host.port} connected ${clock.now() - startMs} ms`,
      );
      return connection;
    } catch (error) {
      signal.throwIfAborted();
      context.trace?.(
        `${node.name} ssh ${host.address}:${host.port} ${(error as Error).message} ${clock.now() - startMs} ms`,
      );
      const pauseMs = DROPPED_PAUSES_MS[tries];
      if (!(error instanceof SshError) || error.refusal !== 'lost' || pauseMs === undefined) throw error;
      await clock.sleep(pauseMs, signal);
    }
  }
}
