// What the whole fleet runs: each node's engine says what is there, and a manager what is to be.
import { seenMembers } from '../config/swarm-seen.ts';
import type { Context } from '../context.ts';
import { containerEngineOver, engine, type SwarmInfo, stackEngineOver } from '../engine/engine.ts';
import type { ApiService, ApiStackTask, StackEngine } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Node } from '../model/node.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import type { Connection } from '../ssh/connection.ts';
import { type FleetContainer, fleetContainer } from './containers.ts';

const AT_ONCE = 32;
/** For an engine to tell of its swarm. */
const SWARM_MS = 5_000;

/** What one node's engine says. */
export interface NodeLook {
  node: Node;
  /** Of its swarm; empty outside of one. */
  nodeId: string;
  containers: FleetContainer[];
}

/** What a manager says. */
export interface ManagerLook {
  tasks: ApiStackTask[];
  services: ApiService[];
  members: SwarmNode[];
}

export interface FleetLook {
  looks: NodeLook[];
  failures: (Failure & { node: Node })[];
  manager: ManagerLook | undefined;
  /** Why no manager says anything, where there is a swarm. */
  noManager: string | undefined;
}

export interface LookOptions {
  /** Also what ended. */
  all: boolean;
  /** For each node. */
  timeoutMs: number;
  /** The cluster's other nodes, of which one may be a manager; undefined where no manager is to be asked. */
  others: readonly Node[] | undefined;
}

/** Asks each node once; one that fails holds up no other. @throws when interrupted */
export async function lookAtFleet(
  context: Context,
  nodes: readonly Node[],
  { all, timeoutMs, others }: LookOptions,
): Promise<FleetLook> {
  const asking = new AskManager(others !== undefined);
  const { done, failures } = await eachNode(
    context,
    nodes,
    (node) =>
      atNode(context, node, timeoutMs, async (at) => {
        // Of a swarm without a leader the engine itself waits, while it lists its containers at once.
        const [containers, nodeId] = await Promise.all([at.containers.containers({ all }), asking.ask(at)]);
        const found = containers.map((container) => fleetContainer(node, container));
        return { node, nodeId: nodeId ?? nodeIdIn(found), containers: found };
      }),
    { atOnce: AT_ONCE },
  );
  if (asking.isWanted) await askOthers(context, others ?? [], { asking, timeoutMs });
  return {
    looks: done.map(({ result }) => result),
    failures,
    manager: asking.found,
    noManager: asking.isWanted ? asking.why : undefined,
  };
}

const nodeIdIn = ([first]: readonly FleetContainer[]): string => first?.labels['com.docker.swarm.node.id'] ?? '';

interface At {
  /** With less patience. */
  engine: ReturnType<typeof engine>;
  containers: ReturnType<typeof containerEngineOver>;
  stacks: StackEngine;
}

async function atNode<T>(context: Context, node: Node, timeoutMs: number, work: (at: At) => Promise<T>): Promise<T> {
  const { clock, signal } = context;
  const patience = { clock, signal, deadline: clock.now() + timeoutMs };
  const connection: Connection = await (await context.fleet()).connect(node, patience);
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work({
      engine: engine(connection, { ...patience, deadline: Math.min(patience.deadline, clock.now() + SWARM_MS) }),
      containers: containerEngineOver(async () => connection, patience),
      stacks: stackEngineOver(async () => connection, patience),
    });
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end();
  }
}

/** Of the managers that are met, what the first says that can tell. */
class AskManager {
  found: ManagerLook | undefined;
  /** Why the last one that was asked could not tell, or is none. */
  why: string | undefined;
  readonly #wanted: boolean;

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  /** Whether somebody still has to be asked. */
  get isWanted(): boolean {
    return this.#wanted && this.found === undefined;
  }

  /** Gives the node's id in its swarm, as far as it is known. It never fails. */
  async ask(at: At): Promise<string | undefined> {
    if (!this.#wanted) return undefined;
    try {
      const swarm = await at.engine.swarm();
      await this.#askMember(at, swarm);
      return swarm.nodeId;
    } catch (error) {
      this.why = messageOf(error);
      return undefined;
    }
  }

  async #askMember({ engine: docker, stacks }: At, swarm: SwarmInfo): Promise<void> {
    if (!this.isWanted || swarm.state === 'inactive') return;
    if (swarm.state !== 'active' || !swarm.manager) {
      this.why ??= swarm.state === 'locked' ? 'a manager is locked' : 'no manager answers';
      return;
    }
    const members = await docker.nodes();
    // Another one was quicker.
    if (!this.isWanted) return;
    const [tasks, services] = await Promise.all([stacks.tasks('all'), stacks.services()]);
    this.found ??= { members, tasks, services };
  }
}

/** Where none of the nodes that were chosen is a manager, those that were seen as one are asked, until one can tell. */
async function askOthers(
  context: Context,
  others: readonly Node[],
  { asking, timeoutMs }: { asking: AskManager; timeoutMs: number },
): Promise<void> {
  if (asking.why === undefined) return;
  const seen = seenMembers(await context.state());
  for (const node of others.filter(({ id }) => seen.get(id)?.role === 'manager')) {
    try {
      await atNode(context, node, timeoutMs, (at) => asking.ask(at));
    } catch (error) {
      context.signal.throwIfAborted();
      asking.why = messageOf(error);
    }
    if (!asking.isWanted) return;
  }
}
