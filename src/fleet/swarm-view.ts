// The swarm that droplets form, as reported by each of their engines: the only place where nodes of the cloud are matched with
// nodes of the swarm, by the id that a node's own engine reports, never just by name or address (design rule 4).
import pLimit from 'p-limit';
import { rememberSightings, type Sighting } from '../config/swarm-seen.ts';
import type { Context } from '../context.ts';
import { engine, type SwarmInfo } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { isAt, type SwarmNode } from '../model/swarm-node.ts';
import { connect } from '../ssh/connect.ts';
import { limited } from '../wait.ts';

/** What a node's own engine reports. */
export interface NodeAnswer<N extends Node = Node> {
  node: N;
  /** Its engine's membership; undefined when it did not answer. */
  swarm?: SwarmInfo;
  /** The swarm's nodes as it lists them: from a manager whose swarm has a leader. */
  members?: SwarmNode[];
  /** Why it did not answer or, for a manager, why it could not list the nodes (its swarm has no leader). */
  error?: unknown;
  /** Its host key is not known here, so it was not queried. */
  untrusted?: true;
}

/** One swarm, through a manager that answers. */
export interface ViewedSwarm<N extends Node = Node> {
  manager: N;
  /** The swarm's id. */
  id: string | undefined;
  members: SwarmNode[];
  /** Whether its managers lock themselves when they restart. */
  autolock: boolean | undefined;
}

/** What droplets report about the swarm that they form. */
export class SwarmView<N extends Node = Node> {
  /** In the order of the nodes that were queried. */
  readonly answers: readonly NodeAnswer<N>[];
  /** The swarm, of several the one that most of the nodes are in; undefined when no manager could list its nodes. */
  readonly swarm: ViewedSwarm<N> | undefined;
  readonly #byId: ReadonlyMap<number, NodeAnswer<N>>;
  /** Entries that an engine claims as its own. */
  readonly #claimed: ReadonlySet<string>;

  constructor(answers: readonly NodeAnswer<N>[]) {
    this.answers = answers;
    this.#byId = new Map(answers.map((answer) => [answer.node.id, answer]));
    this.swarm = largest(answers);
    this.#claimed = new Set(answers.flatMap(({ swarm }) => swarm?.nodeId || []));
  }

  answerOf(node: Pick<N, 'id'>): NodeAnswer<N> | undefined {
    return this.#byId.get(node.id);
  }

  /**
   * The node's entry in the swarm: the one with the id that its own engine reports. For a node that cannot be queried (off, frozen, locked) the
   * entry with an address of it that no other node claims. Undefined for a node that answered and is in another swarm or none.
   */
  memberOf(node: Pick<N, 'id' | 'publicAddress' | 'privateAddress'>): SwarmNode | undefined {
    const members = this.swarm?.members ?? [];
    const told = this.answerOf(node)?.swarm;
    if (told?.nodeId) return members.find(({ id }) => id === told.nodeId);
    if (told && told.state !== 'locked') return undefined;
    return this.#liveliest((one) => isAt(one, node));
  }

  /**
   * The entry that may be the node's, for guards alone: of a node that cannot be queried and has no entry by its address (DigitalOcean
   * does not say it, or the swarm uses another), one with its name. Nothing is changed or removed on such a guess.
   */
  mightBe(node: Pick<N, 'id' | 'name' | 'publicAddress' | 'privateAddress'>): SwarmNode | undefined {
    const member = this.memberOf(node);
    if (member || !this.isHidden(node)) return member;
    return this.#liveliest(({ hostname }) => hostname === node.name);
  }

  /** Whether its own engine did not say which entry is its, if any. */
  isHidden(node: Pick<N, 'id'>): boolean {
    const told = this.answerOf(node)?.swarm;
    return told === undefined || (told.state === 'locked' && !told.nodeId);
  }

  /** Entries that no node claims, and that have the address of none. */
  get unplaced(): SwarmNode[] {
    const members = this.swarm?.members ?? [];
    return members.filter((one) => !this.claims(one) && this.answers.every(({ node }) => !isAt(one, node)));
  }

  /** Whether the engine of one of the nodes says that the entry is its own. */
  claims({ id }: Pick<SwarmNode, 'id'>): boolean {
    return this.#claimed.has(id);
  }

  #liveliest(is: (one: SwarmNode) => boolean): SwarmNode | undefined {
    const own = (this.swarm?.members ?? []).filter((one) => is(one) && !this.claims(one));
    return own.find(({ state }) => state === 'ready') ?? own.find(({ state }) => state === 'unknown') ?? own[0];
  }

  /** Nodes that answered and are not in a swarm. */
  get outside(): N[] {
    return this.#where(({ swarm }) => swarm?.state === 'inactive');
  }

  /** Nodes that are in a swarm which is not the one of this view. */
  get foreign(): N[] {
    const expelled = this.expelled;
    return this.#unlisted().filter((node) => !expelled.includes(node));
  }

  /** Nodes that consider themselves members of this view's swarm, judging by the managers that they know, but whose entry was removed. */
  get expelled(): N[] {
    const managers = new Set(
      (this.swarm?.members ?? []).filter(({ role }) => role === 'manager').map(({ address }) => address),
    );
    return this.#unlisted().filter((node) => {
      const { swarm } = this.answerOf(node)!;
      const known = swarm!.managers.map((address) => address.replace(/:\d+$/, ''));
      // A manager knows the swarm's id, and its list includes its own address.
      return !swarm!.manager && known.length > 0 && known.every((address) => managers.has(address));
    });
  }

  /** Groups of nodes that claim the same swarm entry: all but one of a group are copies of another's disk. */
  get clones(): N[][] {
    const byEntry = new Map<string, N[]>();
    for (const { node, swarm } of this.answers) {
      if (swarm?.nodeId) byEntry.set(swarm.nodeId, [...(byEntry.get(swarm.nodeId) ?? []), node]);
    }
    return [...byEntry.values()].filter((nodes) => nodes.length > 1);
  }

  /** The view with newer answers replacing those of the same nodes. */
  with(newer: readonly NodeAnswer<N>[]): SwarmView<N> {
    const fresh = new Map(newer.map((answer) => [answer.node.id, answer]));
    return new SwarmView(this.answers.map((answer) => fresh.get(answer.node.id) ?? answer));
  }

  #unlisted(): N[] {
    return this.#where(({ node, swarm }) => Boolean(swarm?.nodeId) && this.swarm !== undefined && !this.memberOf(node));
  }

  /** Nodes that did not answer; those whose host key is not known here are among them. */
  get silent(): N[] {
    return this.#where(({ swarm }) => swarm === undefined);
  }

  /** Managers that answer and whose swarm has no leader: it lost its quorum, or an election is in progress. */
  get leaderless(): N[] {
    return this.#where(({ swarm, members }) => swarm?.manager === true && swarm.state === 'active' && !members);
  }

  #where(is: (answer: NodeAnswer<N>) => boolean): N[] {
    return this.answers.filter(is).map(({ node }) => node);
  }
}

/** For one node: connection, login and three requests. */
const PATIENCE_MS = 10_000;
/** Even at the deadline, a node that answers at once is still heard. */
const LEAST_MS = 500;
/** The part of it that connecting may take, so that a host that drops packets is reported as such. */
const CONNECT_PART = 0.5;
const AT_ONCE = 32;

export interface ViewOptions {
  /** For each node; 10 s by default. */
  timeoutMs?: number;
  /** Aborts it, in addition to the context's own. */
  signal?: AbortSignal;
}

/** Queries every node in parallel; a node that does not answer in time counts as silent. @throws when interrupted */
export async function viewSwarm<N extends Node>(
  context: Context,
  nodes: readonly N[],
  options: ViewOptions = {},
): Promise<SwarmView<N>> {
  const limit = pLimit({ concurrency: AT_ONCE, rejectOnClear: true });
  const answers = await Promise.all(nodes.map((node) => limit(() => askNode(context, node, options))));
  const view = new SwarmView(answers);
  await rememberView(context, view);
  return view;
}

/** Keeps what was seen, for lists that ask no node. */
export async function rememberView(context: Context, view: SwarmView): Promise<void> {
  const sightings = view.answers.flatMap(({ node: { id }, node, swarm }): Sighting[] => {
    const member = view.memberOf(node);
    return member || swarm?.state === 'inactive' ? [{ id, member }] : [];
  });
  if (sightings.length > 0) rememberSightings(await context.state(), sightings, context.clock.now());
}

/** Queries one node. Any failure is part of the result. @throws when interrupted */
export async function askNode<N extends Node>(
  context: Context,
  node: N,
  { timeoutMs: mostMs = PATIENCE_MS, signal = context.signal }: ViewOptions = {},
): Promise<NodeAnswer<N>> {
  const { clock, deadline = Number.POSITIVE_INFINITY } = context;
  const startMs = clock.now();
  const timeoutMs = Math.min(mostMs, Math.max(LEAST_MS, deadline - startMs));
  try {
    const late = () => new BeltError(`${node.name} did not answer within ${Math.round(timeoutMs / 100) / 10} s`);
    return await limited((own) => ask(context, node, own, timeoutMs * CONNECT_PART), {
      clock,
      signal,
      timeoutMs,
      late,
    });
  } catch (error) {
    signal.throwIfAborted();
    return { node, error };
  } finally {
    context.trace?.(`${node.name} asked for its swarm ${clock.now() - startMs} ms`);
  }
}

async function ask<N extends Node>(
  context: Context,
  node: N,
  signal: AbortSignal,
  connectMs: number,
): Promise<NodeAnswer<N>> {
  const host = await (await context.fleet()).host(node);
  if (host.hostKeys.length === 0) {
    return { node, untrusted: true, error: new BeltError(`the host key of ${node.name} is not known here`) };
  }
  // Not through fleet.connect: if a node does not answer, that requests its address from DigitalOcean again.
  const connection = await connect(host, { timeoutMs: connectMs, signal });
  const stop = () => connection.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const docker = engine(connection, { ...context, signal });
    const swarm = await docker.swarm();
    if (swarm.state !== 'active' || !swarm.manager) return { node, swarm };
    try {
      return { node, swarm, members: await docker.nodes() };
    } catch (error) {
      return { node, swarm, error };
    }
  } finally {
    signal.removeEventListener('abort', stop);
    connection.end();
  }
}

/** The swarm that most of the nodes are in, as listed by one of its managers. */
function largest<N extends Node>(answers: readonly NodeAnswer<N>[]): ViewedSwarm<N> | undefined {
  const ids = answers.flatMap(({ swarm }) => swarm?.nodeId || []);
  const own = (members: readonly SwarmNode[]) => members.filter(({ id }) => ids.includes(id)).length;
  let best: ViewedSwarm<N> | undefined;
  for (const { node, swarm, members } of answers) {
    if (!swarm || !members || (best && own(members) <= own(best.members))) continue;
    best = { manager: node, id: swarm.clusterId, members, autolock: swarm.autolock };
  }
  return best;
}
