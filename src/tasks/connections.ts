// The connections of one command to nodes: tasks on one node share one, since hosts refuse many in a short time.
import type { Context } from '../context.ts';
import { Interrupted } from '../errors.ts';
import type { Connections } from '../fleet/on-many.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import type { KeepAlive } from '../ssh/host.ts';

/** A node that no longer answers is noticed within 15 to 20 s. */
const KEEP_ALIVE: KeepAlive = { everyMs: 5_000, misses: 3 };

export interface NodePatience {
  signal?: AbortSignal | undefined;
  /** ms since the epoch. */
  deadline?: number | undefined;
}

/** Of the 10 sessions that an sshd allows a connection (MaxSessions): signals need some as well. */
const USERS = 8;

interface Shared {
  connecting: Promise<Connection>;
  /** Set once it stands. */
  connection: Connection | undefined;
  users: number;
}

export class SharedConnections implements Connections {
  readonly #context: Context;
  /** By the id of the node. */
  readonly #open = new Map<number, Shared[]>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A connection to a node, in use until it is released. @throws BeltError when it cannot be reached */
  async connect(node: Node, patience: NodePatience = {}): Promise<Connection> {
    const usable = (this.#open.get(node.id) ?? []).filter(({ connection }) => !connection?.lost);
    const shared = usable.find(({ users }) => users < USERS) ?? this.#begin(node, patience);
    if (!usable.includes(shared)) usable.push(shared);
    this.#open.set(node.id, usable);
    shared.users++;
    try {
      return await shared.connecting;
    } catch (error) {
      const others = this.#open.get(node.id) ?? [];
      this.#open.set(
        node.id,
        others.filter((one) => one !== shared),
      );
      throw error;
    }
  }

  #begin(node: Node, patience: NodePatience): Shared {
    const connecting = this.#context
      .fleet()
      .then((fleet) => fleet.connect(node, { ...patience, keepAlive: KEEP_ALIVE }));
    const shared: Shared = { connecting, connection: undefined, users: 0 };
    connecting.then(
      (connection) => {
        shared.connection = connection;
      },
      () => {},
    );
    return shared;
  }

  /** One who was given it no longer needs it; others may. */
  release(connection: Connection): void {
    for (const shared of [...this.#open.values()].flat()) if (shared.connection === connection) shared.users--;
  }

  /** Closes them all. */
  end(): void {
    for (const { connecting } of [...this.#open.values()].flat()) {
      connecting.then(
        (connection) => connection.end(),
        () => {},
      );
    }
    this.#open.clear();
  }
}

/** Has connections there while `use` runs; an interrupt cuts them. */
export async function withConnections<T>(
  context: Context,
  use: (connections: SharedConnections) => Promise<T>,
): Promise<T> {
  const connections = new SharedConnections(context);
  const stop = () => connections.end();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    return await use(connections);
  } catch (error) {
    if (!(error instanceof Interrupted)) context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', stop);
    connections.end();
  }
}
