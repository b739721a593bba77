// A node whose containers are listed again and again over one connection.
import type { Context } from '../../context.ts';
import type { ContainerEngine } from '../../engine/container-calls.ts';
import { doorOf } from '../../engine/door.ts';
import { containerEngineOver } from '../../engine/engine.ts';
import type { Node } from '../../model/node.ts';
import type { Connection } from '../../ssh/connection.ts';
import { type FleetContainer, fleetContainer } from '../containers.ts';

/** For a node to be reached and to list its containers, and for each list after. */
const REACH_MS = 10_000;
const LIST_MS = 6_000;
/** Streams for lists, and for what is asked of a container before its log is read. */
const BESIDES = 2;
const KEEP_ALIVE = { everyMs: 3_000, misses: 3 };

export interface HeldNode {
  node: Node;
  connection: Connection;
  engine: ContainerEngine;
  /** How many logs can be read at the same time, besides the lists. */
  logsAtOnce: number;
  /** As they were when the connection was made. */
  containers: FleetContainer[];
  /** As they are now. @throws BeltError when the engine does not answer in time */
  list(): Promise<FleetContainer[]>;
  end(): void;
}

/** Connects and lists the containers, those that ended too. @throws BeltError when that takes more than ten seconds */
export async function holdNode(context: Context, node: Node): Promise<HeldNode> {
  const { clock, signal } = context;
  const fleet = await context.fleet();
  const deadline = clock.now() + REACH_MS;
  const connection = await fleet.connect(node, { deadline, keepAlive: KEEP_ALIVE });
  const engineBy = (byMs: number) => containerEngineOver(async () => connection, { clock, signal, deadline: byMs });
  const listBy = async (byMs: number) => {
    const found = await engineBy(byMs).containers({ all: true });
    return found.map((container) => fleetContainer(node, container));
  };
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const end = () => {
    signal.removeEventListener('abort', stop);
    connection.end();
  };
  try {
    const containers = await listBy(deadline);
    return {
      node,
      connection,
      engine: engineBy(Number.POSITIVE_INFINITY),
      logsAtOnce: doorOf(connection).streamsAtOnce - BESIDES,
      containers,
      list: () => listBy(clock.now() + LIST_MS),
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
