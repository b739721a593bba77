// /containers and /images: what is on this engine alone. Containers are the tasks that run here, and those that somebody created.
import { EngineError } from '../errors.ts';
import { type Container, commandOf as commandOfPlain, type PublishedPort } from '../model/container.ts';
import type { Engine } from '../model/engine.ts';
import { configOf } from '../model/registry.ts';
import type { Task } from '../model/service.ts';
import { accepts, acceptsLabels, checkFilters, type Filters } from './filters.ts';
import { taskName } from './tasks.ts';

const tasksHere = (engine: Engine): Task[] => {
  const { swarm, node } = engine.membership ?? {};
  if (swarm === undefined || node === undefined) return [];
  return [...swarm.tasks.values()].filter((task) => task.node === node && task.state === 'running');
};

/** A time in ms, as docker says it: `3 seconds`, `About a minute`. */
export function lasted(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes === 1 ? 'About a minute' : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'About an hour' : `${hours} hours`;
}

interface Port {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number | undefined;
  Type: string;
}

/** What is published, for IPv4 and IPv6, and what the image listens on besides. */
function portsOf(image: string, published: readonly PublishedPort[]): Port[] {
  const open = published.map(({ target, protocol }) => `${target}/${protocol}`);
  const others = configOf(image).ports.filter((port) => !open.includes(port));
  return [
    ...others.map((port) => ({ PrivatePort: Number.parseInt(port, 10), Type: port.replace(/.*\//, '') })),
    ...published.flatMap(({ port, target, protocol }) =>
      ['0.0.0.0', '::'].map((IP) => ({ IP, PrivatePort: target, PublicPort: port, Type: protocol })),
    ),
  ];
}

function publishedBy({ service }: Task): PublishedPort[] {
  const ports = service.spec.EndpointSpec?.Ports ?? [];
  return ports
    .filter(({ PublishMode }) => PublishMode === 'host')
    .map(({ PublishedPort: port = 0, TargetPort: target, Protocol: protocol }) => ({ port, target, protocol }));
}

function commandOf({ Image, Command, Args = [] }: Task['template']['ContainerSpec']): string {
  const own = configOf(Image).command;
  if (Command !== undefined) return [...Command, ...Args].join(' ');
  return Args.length > 0 ? [...(own.includes('entrypoint') ? own.split(' ').slice(0, 1) : []), ...Args].join(' ') : own;
}

const CONTAINER_FILTERS = [
  ...['ancestor', 'before', 'exited', 'expose', 'health', 'id', 'is-task', 'isolation', 'label', 'name', 'network'],
  ...['publish', 'since', 'status', 'volume'],
];

/** The task whose container that is, by its id, the beginning of it, or its name. @throws EngineError where none runs here */
export function containerHere(engine: Engine, name: string): Task {
  const found = tasksHere(engine).find((task) => task.containerId.startsWith(name) || containerName(task) === name);
  if (found === undefined) throw new EngineError(404, `No such container: ${name}`);
  return found;
}

/** A container here, whoever made it. */
export interface Entry {
  id: string;
  name: string;
  image: string;
  command: string;
  createdMs: number;
  state: Container['state'];
  /** When it came into its state. */
  stateMs: number;
  ports: Port[];
  labels: Record<string, string>;
}

/** All that are here, also those that do not run. */
export const entriesHere = (engine: Engine): Entry[] => [
  ...tasksHere(engine).map(
    (task): Entry => ({
      id: task.containerId,
      name: containerName(task),
      image: task.template.ContainerSpec.Image.replace(/@sha256:.*$/, ''),
      command: commandOf(task.template.ContainerSpec),
      createdMs: Date.parse(task.createdAt),
      state: 'running',
      stateMs: Date.parse(task.stateAt),
      ports: portsOf(task.template.ContainerSpec.Image, publishedBy(task)),
      labels: labelsOf(task),
    }),
  ),
  ...[...engine.containers.values()].map(
    (container): Entry => ({
      ...container,
      image: container.config.Image ?? '',
      command: commandOfPlain(container),
      ports: container.state === 'running' ? portsOf(container.config.Image ?? '', container.ports) : [],
      labels: container.config.Labels ?? {},
    }),
  ),
];

/** `GET /containers/json`; with `all`, also those that do not run. */
export function containerList(engine: Engine, filters: Filters = {}, { all = false }: { all?: boolean } = {}) {
  checkFilters(filters, CONTAINER_FILTERS);
  const wanted = entriesHere(engine).filter(
    ({ id, name, state, labels }) =>
      (all || filters['status'] !== undefined || state === 'running') &&
      accepts(filters, 'name', (word) => name.includes(word)) &&
      accepts(filters, 'id', (word) => id.startsWith(word)) &&
      accepts(filters, 'status', (status) => status === state) &&
      acceptsLabels(filters, 'label', labels),
  );
  return wanted
    .sort((a, b) => b.createdMs - a.createdMs)
    .map((one) => ({
      Id: one.id,
      Names: [`/${one.name}`],
      Image: one.image,
      ImageID: '',
      Command: one.command,
      Created: Math.floor(one.createdMs / 1000),
      Ports: one.ports,
      Labels: one.labels,
      State: one.state,
      Status: statusOf(one, engine.world.now()),
      HostConfig: { NetworkMode: 'default' },
      NetworkSettings: { Networks: {} },
      Mounts: [],
    }));
}

function statusOf({ state, stateMs }: Entry, nowMs: number): string {
  if (state === 'created') return 'Created';
  const time = lasted(nowMs - stateMs);
  return state === 'running' ? `Up ${time}` : `Exited (0) ${time} ago`;
}

const containerName = (task: Task): string => `${taskName(task)}.${task.id}`;

const labelsOf = (task: Task): Record<string, string> => ({
  ...(task.template.ContainerSpec['Labels'] as Record<string, string> | undefined),
  'com.docker.swarm.node.id': task.node?.id ?? '',
  'com.docker.swarm.service.id': task.service.id,
  'com.docker.swarm.service.name': task.service.spec.Name,
  'com.docker.swarm.task': '',
  'com.docker.swarm.task.id': task.id,
  'com.docker.swarm.task.name': containerName(task),
});

export function imageList(engine: Engine) {
  return [...engine.images.values()].reverse().map((image) => ({
    Containers: -1,
    Created: Math.floor(image.createdAt / 1000),
    Id: image.id,
    Labels: null,
    ParentId: '',
    RepoDigests: [],
    RepoTags: [`${image.name}:${image.tag}`],
    SharedSize: -1,
    Size: image.sizeBytes,
  }));
}
