// The connections of one command to nodes: tasks on one node share one, since hosts refuse many in a short time.
import type { Context } from '../context.ts';
import { Interrupted, Unreachable } from '../errors.ts';
import type { Connections } from '../fleet/on-many.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import type { KeepAlive } from '../ssh/host.ts';
import { limited } from '../wait.ts';

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
  /** Ends what was begun and is not needed. */
  readonly #ended = new AbortController();

  constructor(context: Context) {
    this.#context = context;
  }

  /** A connection to a node, in use until it is released. @throws BeltError when it cannot be reached */
  async connect(node: Node, patience: NodePatience = {}): Promise<Connection> {
    const usable = (this.#open.get(node.id) ?? []).filter(({ connection }) => !connection?.lost);
    const known = usable.find(({ users }) => users < USERS);
    const shared = known ?? this.#begin(node, patience);
    this.#open.set(node.id, known ? usable : [...usable, shared]);
    shared.users++;
    try {
      return await (known ? this.#within(known.connecting, node, patience) : shared.connecting);
    } catch (error) {
      shared.users--;
      throw error;
    }
  }

  /** Whoever waits for a connection that another began waits no longer than its own deadline. */
  async #within(
    connecting: Promise<Connection>,
    { name }: Node,
    { signal, deadline }: NodePatience,
  ): Promise<Connection> {
    if (deadline === undefined) return connecting;
    const { clock, signal: interrupt } = this.#context;
    return limited(() => connecting, {
      clock,
      signal: signal ?? interrupt,
      timeoutMs: deadline - clock.now(),
      late: () => new Unreachable(`${name}: SSH timed out`),
    });
  }

  /** Begins to connect to a node that is likely to be needed. */
  begin(node: Node): void {
    if (!this.#open.has(node.id)) this.#open.set(node.id, [this.#begin(node, { signal: this.#ended.signal })]);
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
      // The next one tries anew. One that only came too late for somebody stays: others wait for it, and the end closes it.
      () => {
        const others = (this.#open.get(node.id) ?? []).filter((one) => one !== shared);
        if (others.length > 0) this.#open.set(node.id, others);
        else this.#open.delete(node.id);
      },
    );
    return shared;
  }

  /** One who was given it no longer needs it; others may. */
  release(connection: Connection): void {
    for (const shared of [...this.#open.values()].flat()) if (shared.connection === connection) shared.users--;
  }

  /** Closes them all. */
  end(): void {
    this.#ended.abort();
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
