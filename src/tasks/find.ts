// A word → the running tasks that it means, each with its node and its container.
import { knownNodes } from '../config/choices.ts';
import { rememberAt, seenAt } from '../config/tasks-seen.ts';
import type { Context } from '../context.ts';
import type { ApiStackTask } from '../engine/stack-calls.ts';
import { BeltError, UsageError } from '../errors.ts';
import { oneNode } from '../fleet/one-node.ts';
import type { Node } from '../model/node.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { globMatches, naturalCompare } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import { askManager } from '../stack/manager.ts';
import { serviceNamed, servicesCalled } from '../stack/named-service.ts';
import { tasksBySlot } from '../stack/slots.ts';
import type { SharedConnections } from './connections.ts';
import { isMany, type TaskWord } from './word.ts';

/** A running container that a user named. */
export interface Place {
  /** `web.1`, `agent.node2`, `node1/cache`. */
  name: string;
  node: Node;
  /** Its id; the name of one that is no task. */
  container: string;
  /** Undefined for a container that is no task. */
  task?: { id: string; service: string };
}

/** What a look at the swarm found of a service. */
export interface Sight {
  service: string;
  /** In the order of their slots, or of their nodes where the service is global. */
  running: Place[];
  /** Those that are to run and do not. */
  others: Waiting[];
  /** Those that run where belt cannot get to. */
  unreached: Unreached[];
}

/** A running task whose node is none of the cluster's, or cannot be found at the moment. */
export interface Unreached {
  name: string;
  /** As the swarm calls it. */
  node: string;
  error: BeltError;
}

/** A task that is to run and does not. */
export interface Waiting {
  name: string;
  /** As Swarm calls it: `pending`, `preparing`. */
  state: string;
}

/**
 * The running tasks, at least one, that the word means: of a service without a slot all of them, the lowest slot first.
 * @throws UsageError for a service or a slot that is not there; BeltError when none runs
 */
export const findTasks = async (context: Context, connections: SharedConnections, word: TaskWord): Promise<Place[]> =>
  (await findMeant(context, connections, word)).running;

/** The same, with those of them that are to run and do not, and those that cannot be reached. */
export async function findMeant(context: Context, connections: SharedConnections, word: TaskWord): Promise<Meant> {
  if (word.kind === 'container') {
    const node = await oneNode(context, word.node, { hint: (name) => `choose one: ${name}/${word.name}` });
    return { running: [{ name: `${node.name}/${word.name}`, node, container: word.name }], others: [], unreached: [] };
  }
  if (isMany(word)) return await ofService(context, connections, word);
  const [state, { cluster }] = await Promise.all([context.state(), context.settings()]);
  const text = `${word.service}.${word.slot ?? ''}`;
  // Where it ran the last time is most likely where it runs: connected by the time a manager has said so.
  const last = seenAt(state, cluster, text);
  const likely = last === undefined ? undefined : knownNodes(state, cluster).find(({ id }) => id === last);
  if (likely) connections.begin(likely);
  const meant = await ofService(context, connections, word);
  rememberAt(state, cluster, text, meant.running[0]!.node.id);
  return meant;
}

type Meant = Pick<Sight, 'running' | 'others' | 'unreached'>;

async function ofService(
  context: Context,
  connections: SharedConnections,
  word: Extract<TaskWord, { kind: 'service' }>,
): Promise<Meant> {
  const sight = await lookAt(context, connections, word.service);
  const { service, running, others, unreached } = sight;
  if (running.length + unreached.length === 0) {
    const states = others.length === 0 ? '' : `: ${statesOf(others)}`;
    throw new BeltError(`${service} has no running task${states}`, { hint: whyHint(service) });
  }
  const { slot = '*' } = word;
  const isMeant = ({ name }: { name: string }) => globMatches(slot, name.slice(service.length + 1));
  const wanted = {
    running: running.filter(isMeant),
    others: others.filter(isMeant),
    unreached: unreached.filter(isMeant),
  };
  if (wanted.running.length > 0) return wanted;
  const [lost] = wanted.unreached;
  throw lost
    ? new BeltError(`${lost.name}: ${lost.error.message}`, { hint: lost.error.hint, cause: lost.error })
    : wanted.others.length > 0
      ? notRunning(service, wanted.others)
      : noSlot(sight, slot);
}

/** The tasks of a service now. @throws UsageError where the swarm has no such service */
export async function lookAt(context: Context, connections: SharedConnections, name: string): Promise<Sight> {
  const { services, tasks, members } = await askManager(context, connections, async (engine) => {
    const tasksOf = (service: string) => engine.tasks({ services: [service] }, { wanted: true });
    const [services, asked, members] = await Promise.all([engine.services(), tasksOf(name), engine.nodes()]);
    const [one] = servicesCalled(name, services);
    const isAsked = one === undefined || [one.ID, one.Spec.Name].includes(name);
    return { services, tasks: isAsked ? asked : await tasksOf(one.ID), members };
  });
  const service = serviceNamed(name, services);
  const own = newestOfSlots(tasks.filter(({ ServiceID }) => ServiceID === service.ID));
  const running = own.filter(isRunning);
  const nodes = new NodesOfSwarm(context, members);
  const unreached: Unreached[] = [];
  const placed = await Promise.all(
    running.map(async (task) => {
      try {
        return [await placeOf(nodes, service.Spec.Name, task)];
      } catch (error) {
        if (!(error instanceof BeltError)) throw error;
        context.signal.throwIfAborted();
        const place = `${service.Spec.Name}.${nameOfPlace(task, members)}`;
        unreached.push({ name: place, node: hostnameOf(task, members), error });
        return [];
      }
    }),
  );
  const byName = (a: { name: string }, b: { name: string }) => naturalCompare(a.name, b.name);
  return {
    service: service.Spec.Name,
    running: placed.flat().sort(byName),
    unreached: unreached.sort(byName),
    others: own
      .filter((task) => !isRunning(task))
      .map((task) => ({ name: `${service.Spec.Name}.${nameOfPlace(task, members)}`, state: task.Status.State }))
      .sort((a, b) => naturalCompare(a.name, b.name)),
  };
}

const isRunning = ({ Status: { State, ContainerStatus } }: ApiStackTask): boolean =>
  State === 'running' && Boolean(ContainerStatus?.ContainerID);

/** Of a slot that is being replaced the newest that runs, else the newest. */
const newestOfSlots = (tasks: readonly ApiStackTask[]): ApiStackTask[] =>
  tasksBySlot(tasks).map((slot) => slot.find(isRunning) ?? slot[0]!);

/** A slot, or of a global service the node. */
const nameOfPlace = (task: ApiStackTask, members: readonly SwarmNode[]): string =>
  String(task.Slot || hostnameOf(task, members));

const hostnameOf = ({ NodeID }: ApiStackTask, members: readonly SwarmNode[]): string =>
  members.find(({ id }) => id === NodeID)?.hostname ?? NodeID ?? '';

/** `2 preparing, 1 pending`. */
export function statesOf(tasks: readonly Waiting[]): string {
  const counts = new Map<string, number>();
  for (const { state } of tasks) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

async function placeOf(nodes: NodesOfSwarm, service: string, task: ApiStackTask): Promise<Place> {
  const { node, hostname } = await nodes.of(task.NodeID ?? '');
  return {
    name: `${service}.${task.Slot || hostname}`,
    node,
    container: task.Status.ContainerStatus!.ContainerID!,
    task: { id: task.ID, service },
  };
}

/**
 * Which node of the cluster is which of the swarm, by its address in the VPC. Where that is wrong, its engine says that it has no
 * such container: ids are unique.
 */
class NodesOfSwarm {
  readonly #context: Context;
  readonly #members: readonly SwarmNode[];
  #fresh: Promise<Node[]> | undefined;

  constructor(context: Context, members: readonly SwarmNode[]) {
    this.#context = context;
    this.#members = members;
  }

  async of(id: string): Promise<{ node: Node; hostname: string }> {
    const member = this.#members.find((one) => one.id === id);
    const is = ({ privateAddress, name }: Node) =>
      member !== undefined && (privateAddress === member.address || (!member.address && name === member.hostname));
    const node = (await this.#cached()).find(is) ?? (await this.#listed()).find(is);
    if (member && node) return { node, hostname: member.hostname || node.name };
    const { cluster } = await this.#context.settings();
    throw new BeltError(`it runs on ${member?.hostname || id}, which is not a node of the cluster ${cluster}`, {
      hint: 'see: belt ls · belt docker node ls',
    });
  }

  async #cached(): Promise<Node[]> {
    return knownNodes(await this.#context.state(), (await this.#context.settings()).cluster);
  }

  #listed(): Promise<Node[]> {
    this.#fresh ??= this.#context.fleet().then((fleet) => fleet.list());
    return this.#fresh;
  }
}

const NAMED = 8;

const whyHint = (service: string): string => `see why: belt docker service ps --no-trunc ${quoteWord(service)}`;

function notRunning(service: string, tasks: readonly Waiting[]): BeltError {
  const [{ name, state }] = tasks as [Waiting];
  const why = tasks.length === 1 ? `${name} does not run: ${state}` : `none of them runs: ${statesOf(tasks)}`;
  return new BeltError(why, { hint: whyHint(service) });
}

function noSlot({ service, running }: Sight, slot: string): UsageError {
  const names = running.map(({ name }) => name);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return new UsageError(`no task of ${service} runs as ${service}.${slot}`, {
    hint: `what runs: ${names.slice(0, NAMED).join(', ')}${more}`,
  });
}
