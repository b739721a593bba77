// Tasks and containers as one list: what a manager says joined with what the engines say. Pure.
import { ageText } from '../age.ts';
import type { ApiService, ApiStackTask } from '../engine/stack-calls.ts';
import { naturalCompare } from '../patterns/index.ts';
import { type FleetContainer, type Named, taskLabel } from './containers.ts';
import type { FleetLook } from './look.ts';

export interface Row extends Named {
  nodeName: string | undefined;
  /** Without the node. */
  shown: string;
  image: string;
  state: string;
  /** For how long: `3m`; empty where it is not known. */
  since: string;
  ports: string[];
  /** What is wrong, or what went wrong before. */
  error: string | undefined;
  slot: number | undefined;
  /** Who knows of it. */
  saidBy: ('engine' | 'manager')[];
}

/** States that a task does not leave (moby/swarmkit, api/types.proto). */
const OVER = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);

export interface RowOptions {
  /** Also what ended. */
  all: boolean;
  /** ms since the epoch. */
  nowMs: number;
}

/** In the order of nodes and names; what is on no node stands last. */
export function rowsOf(look: FleetLook, options: RowOptions): Row[] {
  const containers = look.looks.flatMap((one) => one.containers);
  const found = new Set(containers.map(({ task }) => task));
  const swarm = new SwarmSide(look, options);
  const rows = [
    ...containers.map((container) => swarm.ofContainer(container, options)),
    ...swarm.tasks.filter((task) => !found.has(task.ID) && isShown(task, options)).map((task) => swarm.ofTask(task)),
  ];
  return rows.sort(
    (a, b) =>
      naturalCompare(a.nodeName ?? '\uffff', b.nodeName ?? '\uffff') ||
      naturalCompare(a.shown, b.shown) ||
      naturalCompare(a.state, b.state),
  );
}

const isWanted = ({ DesiredState: wanted }: ApiStackTask): boolean => !OVER.has(wanted ?? '') || wanted === 'complete';

const isShown = (task: ApiStackTask, { all }: RowOptions): boolean =>
  all || (isWanted(task) && !(task.DesiredState === 'complete' && OVER.has(task.Status.State)));

/** What a manager says, by what the engines' containers have. */
class SwarmSide {
  readonly tasks: readonly ApiStackTask[];
  readonly #byId: ReadonlyMap<string, ApiStackTask>;
  readonly #services: ReadonlyMap<string, ApiService>;
  /** The nodes' names, by their ids in the swarm. */
  readonly #nodes: ReadonlyMap<string, string>;
  readonly #answered: ReadonlySet<string>;
  /** The last error of each place of a service. */
  readonly #errors = new Map<string, { error: string; at: string }>();
  readonly #nowMs: number;

  constructor({ looks, manager }: FleetLook, { nowMs }: RowOptions) {
    this.#nowMs = nowMs;
    this.tasks = manager?.tasks ?? [];
    this.#byId = new Map(this.tasks.map((task) => [task.ID, task]));
    this.#services = new Map((manager?.services ?? []).map((service) => [service.ID, service]));
    this.#nodes = new Map([
      ...(manager?.members ?? []).map(({ id, hostname }): [string, string] => [id, hostname]),
      ...looks.map(({ nodeId, node }): [string, string] => [nodeId, node.name]),
    ]);
    this.#answered = new Set(looks.map(({ nodeId }) => nodeId));
    for (const task of this.tasks) {
      const { Err: error, Timestamp: at } = task.Status;
      const known = this.#errors.get(placeOf(task));
      if (error && at && (known === undefined || known.at < at)) this.#errors.set(placeOf(task), { error, at });
    }
  }

  ofContainer(container: FleetContainer, { all }: RowOptions): Row {
    const { node, name, service, slot, image, ports } = container;
    const task = this.#byId.get(container.task ?? '');
    const told = heard(container);
    const isToEnd = task !== undefined && !isWanted(task) && container.state === 'running';
    const error = task?.Status.Err || (task && !OVER.has(task.Status.State) ? this.#lastError(task) : undefined);
    return {
      ...container,
      nodeName: node.name,
      shown: service === undefined ? name : taskLabel(service, { slot, node: undefined }),
      image: withoutDigest(image),
      state: isToEnd ? 'stopping' : told.state,
      since: told.since,
      ports: [...ports, ...this.#ingress(task)],
      error: all || container.state === 'running' ? error : undefined,
      saidBy: task ? ['engine', 'manager'] : ['engine'],
    };
  }

  /** A task that no engine which answered has a container of. */
  ofTask(task: ApiStackTask): Row {
    const spec = this.#services.get(task.ServiceID ?? '')?.Spec;
    const service = spec?.Name ?? task.ServiceID ?? '';
    const slot = task.Slot || undefined;
    const nodeName = this.#nodes.get(task.NodeID ?? '');
    const { State: state, Timestamp: at, Err: own } = task.Status;
    const isHere = task.NodeID ? this.#answered.has(task.NodeID) : false;
    const runs = state === 'running';
    const missing = isHere ? 'its engine has no such container' : undefined;
    return {
      stack: spec?.Labels?.['com.docker.stack.namespace'],
      service,
      slot,
      task: task.ID,
      label: taskLabel(service, { slot, node: nodeName }),
      nodeName,
      shown: taskLabel(service, { slot, node: undefined }),
      image: withoutDigest(task.Spec?.ContainerSpec?.Image ?? ''),
      state: runs ? 'running?' : state,
      since: at ? ageText(this.#nowMs - Date.parse(at)) : '',
      ports: this.#ingress(task),
      error: own || (runs ? missing : this.#lastError(task)),
      saidBy: ['manager'],
    };
  }

  #lastError(task: ApiStackTask): string | undefined {
    const error = this.#errors.get(placeOf(task))?.error;
    return error === undefined ? undefined : `before: ${error}`;
  }

  /** What the routing mesh publishes on every node. */
  #ingress(task: ApiStackTask | undefined): string[] {
    const ports = this.#services.get(task?.ServiceID ?? '')?.Endpoint?.Ports ?? [];
    return ports
      .filter(({ PublishMode, PublishedPort }) => PublishMode !== 'host' && PublishedPort)
      .map(
        ({ PublishedPort, TargetPort, Protocol }) =>
          `*:${PublishedPort}->${TargetPort}${Protocol && Protocol !== 'tcp' ? `/${Protocol}` : ''}`,
      );
  }
}

/** A slot of a service, or its place on a node. */
const placeOf = ({ ServiceID, Slot, NodeID }: ApiStackTask): string => `${ServiceID} ${Slot || NodeID}`;

const withoutDigest = (image: string): string => image.replace(/@sha256:[0-9a-f]{64}$/, '');

/** What an engine's words for a container's state mean: `Up 3 minutes (healthy)`, `Exited (137) 2 hours ago`. */
function heard({ state, status }: FleetContainer): { state: string; since: string } {
  const since = shortTime(status);
  const health = /\((unhealthy|health: starting)\)/.exec(status)?.[1];
  if (health !== undefined) return { state: health === 'unhealthy' ? health : 'starting', since };
  const code = /^Exited \((\d+)\)/.exec(status)?.[1];
  return { state: code === undefined ? state : `exited ${code}`, since };
}

/** docker's words for a time (go-units, HumanDuration), as short as belt's: `About an hour` is `1h`. */
function shortTime(status: string): string {
  if (/less than a second/i.test(status)) return '0s';
  const [, n, unit] = /(\d+|about an?) (second|minute|hour|day|week|month|year)s?/i.exec(status) ?? [];
  if (n === undefined || unit === undefined) return '';
  return `${/^\d/.test(n) ? n : 1}${unit === 'month' ? 'mo' : unit[0]!.toLowerCase()}`;
}
