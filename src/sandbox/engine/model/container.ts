// A container that somebody created on one engine, outside of any swarm.
import { EngineError } from '../errors.ts';
import { hexId, randomName } from '../ids.ts';
import { configOf } from './registry.ts';

/** What `POST /containers/create` has, as far as it is played. */
export interface ContainerConfig {
  Image?: string;
  Cmd?: string[] | null;
  Labels?: Record<string, string> | null;
  ExposedPorts?: Record<string, object> | null;
  HostConfig?: {
    PortBindings?: Record<string, { HostIp?: string; HostPort?: string }[] | null> | null;
    [other: string]: unknown;
  };
  [other: string]: unknown;
}

export interface PublishedPort {
  port: number;
  target: number;
  protocol: string;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly config: ContainerConfig;
  readonly createdMs: number;
  state: 'created' | 'running' | 'exited';
  /** When it came into its state. */
  stateMs: number;
  /** What is published while it runs. */
  ports: PublishedPort[];
  /** Called when it ends, or is removed. */
  readonly onEnd: (() => void)[];
}

/** What they are on: an engine. */
interface Holder {
  readonly world: { now(): number; readonly random: () => number };
  readonly containers: Map<string, Container>;
}

/** As Docker names those that were given none. */
function ownName({ world, containers }: Holder): string {
  const taken = new Set([...containers.values()].map(({ name }) => name));
  const name = randomName(world.random);
  if (!taken.has(name)) return name;
  return `${name}${[...Array(taken.size + 1).keys()].find((n) => !taken.has(`${name}${n}`))}`;
}

const FIRST_OWN_PORT = 32_768;
const MOST_OWN_PORTS = 28_232;

/** @throws EngineError for a name that is taken */
export function addContainer(engine: Holder, config: ContainerConfig, given: string | null): Container {
  const { world, containers } = engine;
  const id = hexId(world.random);
  const name = given || ownName(engine);
  const other = [...containers.values()].find((one) => one.name === name);
  if (other) {
    throw new EngineError(
      409,
      `Conflict. The container name "/${name}" is already in use by container "${other.id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
  const nowMs = world.now();
  const made: Container = {
    id,
    name,
    config,
    createdMs: nowMs,
    state: 'created',
    stateMs: nowMs,
    ports: [],
    onEnd: [],
  };
  containers.set(id, made);
  return made;
}

/** By its id, its name, or the beginning of its id. */
export function findContainer({ containers }: Holder, word: string): Container | undefined {
  const all = [...containers.values()];
  return containers.get(word) ?? all.find(({ name }) => name === word) ?? all.find(({ id }) => id.startsWith(word));
}

/** @throws EngineError for a port that another has */
export function startContainer(engine: Holder, container: Container, taken: readonly PublishedPort[]): void {
  if (container.state === 'running') return;
  const isFree = (port: number, protocol: string) =>
    taken.every((one) => one.port !== port || one.protocol !== protocol);
  const ports = Object.entries(container.config.HostConfig?.PortBindings ?? {}).flatMap(([key, bindings]) => {
    const [target, protocol = 'tcp'] = key.split('/');
    return (bindings ?? []).map(({ HostPort = '' }) => {
      const port = HostPort === '' ? ownPort((one) => isFree(one, protocol)) : Number(HostPort);
      if (!isFree(port, protocol)) {
        throw new EngineError(
          500,
          `driver failed programming external connectivity on endpoint ${container.name}: Bind for 0.0.0.0:${port} failed: port is already allocated`,
        );
      }
      return { port, target: Number(target), protocol };
    });
  });
  Object.assign(container, { ports, state: 'running', stateMs: engine.world.now() });
}

function ownPort(isFree: (port: number) => boolean): number {
  for (let port = FIRST_OWN_PORT; port < FIRST_OWN_PORT + MOST_OWN_PORTS; port++) if (isFree(port)) return port;
  throw new EngineError(500, 'all ports are allocated');
}

export function stopContainer(engine: Holder, container: Container): void {
  if (container.state !== 'running') return;
  Object.assign(container, { ports: [], state: 'exited', stateMs: engine.world.now() });
  end(container);
}

function end({ onEnd }: Container): void {
  for (const told of onEnd.splice(0)) told();
}

/** @throws EngineError for one that runs, without `force` */
export function removeContainer(engine: Holder, container: Container, { force }: { force: boolean }): void {
  if (container.state === 'running' && !force) {
    throw new EngineError(
      409,
      `cannot remove container "/${container.name}": container is running: stop the container before removing or force remove`,
    );
  }
  engine.containers.delete(container.id);
  end(container);
}

/** What it runs, in one line. */
export const commandOf = ({ config: { Image = '', Cmd } }: Container): string =>
  Cmd && Cmd.length > 0 ? Cmd.join(' ') : configOf(Image).command;
