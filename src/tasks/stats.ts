// What containers use, on each node from one sample of its engine's to the next.
import type { Context } from '../context.ts';
import { type ContainerSample, cpuPercent } from '../engine/container-stats.ts';
import { containerEngineOver, EngineError } from '../engine/engine.ts';
import { BeltError, messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Node } from '../model/node.ts';
import { backOff } from '../wait.ts';
import type { SharedConnections } from './connections.ts';
import { type FleetContainer, fleetContainer } from './containers.ts';
import { isWanted } from './names.ts';

/** Logins are work for both sides. */
const AT_ONCE = 32;
/** Between two samples, as docker's client has it. */
const EVERY_MS = 1_000;
const AGAIN_MS = backOff(1_000, 15_000);

export interface Usage extends ContainerSample {
  container: FleetContainer;
  /** Of one CPU; undefined where there is one sample alone. */
  cpuPercent: number | undefined;
}

/** What one node's engine says. */
export interface NodeUsage {
  /** All that run there. */
  containers: FleetContainer[];
  /** Of those that were asked for, and were still there. */
  usages: Usage[];
}

export interface StatsOptions {
  /** Names of what is wanted; everything, without any. */
  names: readonly string[];
  /** For each look at a node. */
  timeoutMs: number;
}

/** Samples of the containers of one node. */
class NodeSamples {
  readonly node: Node;
  readonly #context: Context;
  readonly #connections: SharedConnections;
  readonly #options: StatsOptions;
  #before = new Map<string, ContainerSample>();

  constructor(
    context: Context,
    node: Node,
    { connections, ...options }: StatsOptions & { connections: SharedConnections },
  ) {
    this.node = node;
    this.#context = context;
    this.#connections = connections;
    this.#options = options;
  }

  /** Takes the next. @throws BeltError when the node or its engine does not answer in time */
  async next(signal: AbortSignal): Promise<NodeUsage> {
    const { clock } = this.#context;
    const { names, timeoutMs } = this.#options;
    const patience = { clock, signal, deadline: clock.now() + timeoutMs };
    const connection = await this.#connections.connect(this.node, patience);
    try {
      // It has a few requests at a time.
      const engine = containerEngineOver(async () => connection, patience);
      const found = (await engine.containers({ all: false })).map((one) => fleetContainer(this.node, one));
      const wanted = found.filter((container) => isWanted(names, container));
      const taken = await Promise.all(
        wanted.map(async (container) => {
          const sample = await engine.sample(container.id).catch(unlessGone);
          return sample ? [{ container, sample }] : [];
        }),
      );
      const usages = taken.flat().map(({ container, sample }) => this.#usage(container, sample));
      this.#before = new Map(taken.flat().map(({ container: { id }, sample }) => [id, sample]));
      return { containers: found, usages };
    } finally {
      this.#connections.release(connection);
    }
  }

  #usage(container: FleetContainer, sample: ContainerSample): Usage {
    const before = this.#before.get(container.id);
    return { ...sample, container, cpuPercent: before && cpuPercent(before, sample) };
  }
}

/** It ended between the list and the question. */
function unlessGone(error: unknown): undefined {
  if (error instanceof EngineError && (error.status === 404 || error.status === 409)) return undefined;
  throw error;
}

export interface FleetUsage {
  looks: NodeUsage[];
  failures: Failure[];
}

/** One look at each node, which takes two samples; one that fails holds up no other. @throws when interrupted */
export async function usageOnce(
  context: Context,
  nodes: readonly Node[],
  { connections, ...options }: StatsOptions & { connections: SharedConnections },
): Promise<FleetUsage> {
  const { clock, signal } = context;
  const { done, failures } = await eachNode(
    context,
    nodes,
    async (node) => {
      const samples = new NodeSamples(context, node, { connections, ...options });
      const first = await samples.next(signal);
      if (first.usages.length === 0) return first;
      await clock.sleep(EVERY_MS, signal);
      return samples.next(signal);
    },
    { atOnce: AT_ONCE },
  );
  return { looks: done.map(({ result }) => result), failures };
}

/** What is known of a node: its last answer, and why there is none since. */
export interface NodeState {
  node: Node;
  last: NodeUsage | undefined;
  error: string | undefined;
}

export interface WatchOptions extends StatsOptions {
  connections: SharedConnections;
  /** Ends it. */
  signal: AbortSignal;
  onChange: (states: readonly NodeState[]) => void;
}

/** Looks at each node, again and again, until the signal. Those that fail are tried again, with pauses. */
export async function watchUsage(
  context: Context,
  nodes: readonly Node[],
  { signal, onChange, ...options }: WatchOptions,
): Promise<void> {
  const { clock } = context;
  const states = nodes.map((node): NodeState => ({ node, last: undefined, error: undefined }));
  const watch = async (state: NodeState) => {
    const samples = new NodeSamples(context, state.node, options);
    for (let failed = 0; !signal.aborted; ) {
      try {
        state.last = await samples.next(signal);
        state.error = undefined;
        failed = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof BeltError)) throw error;
        state.last = undefined;
        state.error = messageOf(error);
        failed++;
      }
      onChange(states);
      await clock.sleep(failed > 0 ? AGAIN_MS(failed) : EVERY_MS, signal).catch(() => {});
    }
  };
  await Promise.all(states.map(watch));
}
