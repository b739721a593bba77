// Drains nodes that leave: a node is free once its tasks run elsewhere.
import type { Context } from '../context.ts';
import type { Engine, SwarmTask } from '../engine/engine.ts';
import type { SwarmNode } from '../model/swarm-node.ts';

export interface DrainOptions {
  /** Gives up waiting at this time, ms since the epoch. */
  deadline: number;
}

const POLL_MS = 500;

/** How much of each service ran before its nodes were drained. */
type Running = ReadonlyMap<string, number>;

/**
 * Sets the nodes to drain, and returns a promise for each: it resolves with the names of the services that were not running
 * elsewhere by the deadline, usually none. Nodes that are down have no tasks to move.
 */
export async function drain(
  context: Context,
  engine: Engine,
  nodes: readonly SwarmNode[],
  { deadline }: DrainOptions,
): Promise<ReadonlyMap<string, Promise<string[]>>> {
  const ready = nodes.filter(({ state }) => state === 'ready');
  const before = ready.length > 0 ? await engine.tasks() : [];
  const running = runningIn(before);
  const affected = new Map(ready.map(({ id }) => [id, servicesOn(before, id)]));
  const leaving = new Set(nodes.map(({ id }) => id));
  await Promise.all(
    ready
      .filter(({ availability }) => availability !== 'drain')
      .map(({ id }) => engine.updateNode(id, { availability: 'drain' })),
  );
  const look = shared(context, engine, deadline);
  const free = async ({ id }: SwarmNode): Promise<string[]> => {
    for (;;) {
      const tasks = await look();
      const waiting = unmoved(tasks, { id, services: affected.get(id) ?? [], running, leaving });
      if (waiting.length === 0) return [];
      if (context.clock.now() >= deadline) return await named(engine, waiting);
    }
  };
  return new Map(nodes.map((node) => [node.id, ready.includes(node) ? free(node) : Promise.resolve([])]));
}

/** Services that still have a task on the node, or fewer tasks running on the remaining nodes than before. */
function unmoved(
  tasks: readonly SwarmTask[],
  {
    id,
    services,
    running,
    leaving,
  }: { id: string; services: readonly string[]; running: Running; leaving: ReadonlySet<string> },
): string[] {
  const there = runningIn(tasks.filter(({ nodeId }) => nodeId !== undefined && !leaving.has(nodeId)));
  const behind = services.filter((service) => (there.get(service) ?? 0) < (running.get(service) ?? 0));
  return [...new Set([...servicesOf(tasks.filter(({ nodeId }) => nodeId === id)), ...behind])];
}

/** Replicated services only: tasks of a global one do not move. */
function runningIn(tasks: readonly SwarmTask[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { serviceId, slot, state, wanted } of tasks) {
    if (slot !== undefined && state === 'running' && wanted === 'running')
      counts.set(serviceId, (counts.get(serviceId) ?? 0) + 1);
  }
  return counts;
}

const servicesOf = (tasks: readonly SwarmTask[]): string[] => tasks.map(({ serviceId }) => serviceId);

const servicesOn = (tasks: readonly SwarmTask[], id: string): string[] => [
  ...new Set(servicesOf(tasks.filter(({ nodeId, slot }) => nodeId === id && slot !== undefined))),
];

async function named(engine: Engine, services: readonly string[]): Promise<string[]> {
  const names = await engine.serviceNames();
  return services.map((id) => names.get(id) ?? id);
}

/** One look at the tasks for all nodes that wait, every so often. */
function shared({ clock, signal }: Context, engine: Engine, deadline: number): () => Promise<SwarmTask[]> {
  let current: Promise<SwarmTask[]> | undefined;
  let isFirst = true;
  return () => {
    current ??= (async () => {
      if (!isFirst) await clock.sleep(Math.max(0, Math.min(POLL_MS, deadline - clock.now())), signal);
      isFirst = false;
      try {
        return await engine.tasks();
      } finally {
        current = undefined;
      }
    })();
    return current;
  };
}
