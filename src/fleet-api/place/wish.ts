// What a container that is to be created asks of its node, and the body that the engine gets. Pure.
import type { CreateBody, HostConfig, PortBinding } from '../types.ts';
import { bareName } from './bare-name.ts';
import { type Expression, parseExpression } from './expression.ts';

/** A port of the node. */
export interface HostPort {
  /** Empty for all addresses. */
  ip: string;
  port: string;
  /** As in `tcp`. */
  protocol: string;
}

/** What a container has of its node. */
export interface Needs {
  ports: readonly HostPort[];
  /** Exposed in the host's network, as in `80/tcp`; empty in another. */
  hostModePorts: readonly string[];
  cpus: number;
  memoryBytes: number;
}

export interface Wish extends Needs {
  name: string | undefined;
  image: string;
  isHostMode: boolean;
  constraints: readonly Expression[];
  affinities: readonly Expression[];
  whitelists: readonly Expression[];
  volumesFrom: readonly string[];
  links: readonly string[];
  /** The containers whose namespaces it shares, each with docker's option for it. */
  joins: readonly { option: string; container: string }[];
  labels: Readonly<Record<string, string>>;
  /** What it uses of one node's own, or is to be itself, by `node/name`, each with docker's option for it. */
  owned: readonly { option: string; name: string; node: string }[];
  /** Those that have a name and a driver of one engine, as far as the container says. */
  volumes: readonly string[];
  /** The nodes that have the image, by name; any, by default. */
  imageIsOn?: readonly string[];
  /** Nodes that are taken where they will do, by name, the weightier first; any, by default. */
  near?: readonly (readonly string[])[];
}

/** In which compose v2 names what the container comes in place of, by id or by a name of its own. */
const REPLACES = 'com.docker.compose.replace';
/** Which of a project's containers it is: there is never more than one of each, but while one is created anew. */
const PART = ['project', 'service', 'container-number'].map((key) => `com.docker.compose.${key}`);

/** Whether compose removes the other one as soon as this one is there: they share what only one can have. */
export function isReplaced({ labels }: Pick<Wish, 'labels'>, other: { id: string; labels: Wish['labels'] }): boolean {
  if (other.id !== '' && labels[REPLACES] === other.id) return true;
  const isOneOff = (of: Wish['labels']) => of['com.docker.compose.oneoff'] === 'True';
  if (isOneOff(labels) || isOneOff(other.labels)) return false;
  return PART.every((key) => labels[key] !== undefined && labels[key] === other.labels[key]);
}

/** What has this form in `name:/path` is a volume, not a folder. */
const VOLUME = /^[a-zA-Z0-9][\w.-]+$/;

function volumesOf({ Binds, Mounts, VolumeDriver }: HostConfig): string[] {
  const isOfOneEngine = !VolumeDriver || VolumeDriver === 'local';
  const bound = (isOfOneEngine ? (Binds ?? []) : []).flatMap((text) => {
    const [source = '', ...rest] = text.split(':');
    return rest.length > 0 ? [source] : [];
  });
  const mounted = (Mounts ?? []).flatMap(({ Type, Source }) => (Type === 'volume' && Source ? [Source] : []));
  return [...new Set([...bound, ...mounted].filter((name) => VOLUME.test(name)))];
}

/** As lists name a volume or a network of one node: `node1/data`. */
const OWNED = /^([a-zA-Z0-9][\w.-]*)\/([a-zA-Z0-9][\w.-]*)$/;
const withoutNode = (text: string): string => text.replace(OWNED, '$2');
const withoutNodeIn = (bind: string): string => bind.replace(/^[^:]+/, withoutNode);

/** A network's links are to names within it, whatever node they are on. */
export function withBareLinks(endpoint: unknown): unknown {
  const { Links: links } = (endpoint ?? {}) as { Links?: unknown };
  if (!Array.isArray(links)) return endpoint;
  const bare = links.map((one: unknown) => (typeof one === 'string' ? withoutNodeIn(one) : one));
  return { ...(endpoint as object), Links: bare };
}

function ownedBy({ NetworkMode, Binds, Mounts }: HostConfig): Wish['owned'] {
  const named = (option: string, name: string) => {
    const [, node] = OWNED.exec(name) ?? [];
    return node === undefined ? [] : [{ option, name, node }];
  };
  return [
    ...named('--network', NetworkMode ?? ''),
    ...(Binds ?? []).flatMap((text) => named('--volume', /^[^:]+/.exec(text)?.[0] ?? '')),
    ...(Mounts ?? []).flatMap(({ Type, Source }) => (Type === 'volume' ? named('--mount', Source ?? '') : [])),
  ];
}

const SHARED = /^container:(.+)$/;
const JOINS = [
  { key: 'NetworkMode', option: '--net' },
  { key: 'PidMode', option: '--pid' },
  { key: 'IpcMode', option: '--ipc' },
] as const;

const KINDS = {
  constraint: 'com.docker.swarm.constraints',
  affinity: 'com.docker.swarm.affinities',
  whitelist: 'com.docker.swarm.whitelists',
  reschedule: 'com.docker.swarm.reschedule-policies',
} as const;
type Kind = keyof typeof KINDS;

const PREFIX = new RegExp(`^(${Object.keys(KINDS).join('|')}):`);

/** @throws Refusal for an expression that is none */
export function wishOf(body: CreateBody, name?: string): Wish {
  const host = body.HostConfig ?? {};
  const expressions = (kind: Kind) => textsOf(body, kind).map(parseExpression);
  return {
    name,
    image: body.Image ?? '',
    ...needsOf(host, body.ExposedPorts),
    isHostMode: host.NetworkMode === 'host',
    constraints: expressions('constraint'),
    affinities: expressions('affinity'),
    whitelists: expressions('whitelist'),
    volumesFrom: host.VolumesFrom ?? [],
    links: host.Links ?? [],
    labels: body.Labels ?? {},
    owned: ownedBy(host),
    volumes: volumesOf(host),
    joins: JOINS.flatMap(({ key, option }) => {
      const [, container] = SHARED.exec(host[key] ?? '') ?? [];
      return container === undefined ? [] : [{ option, container }];
    }),
  };
}

/** What a container takes, by how it was created. */
export function needsOf(host: HostConfig, exposed: Record<string, unknown> | null | undefined): Needs {
  const isHostMode = host.NetworkMode === 'host';
  return {
    ports: isHostMode ? [] : bindingsOf(host.PortBindings ?? {}),
    hostModePorts: isHostMode ? Object.keys(exposed ?? {}) : [],
    cpus: Number(host.NanoCpus ?? 0) / 1e9,
    memoryBytes: Number(host.Memory ?? 0),
  };
}

const bindingsOf = (bindings: Record<string, PortBinding[] | null>): HostPort[] =>
  Object.entries(bindings).flatMap(([port, list]) =>
    (list ?? []).flatMap(({ HostIp = '', HostPort = '' }) =>
      // Without a number, the engine chooses one that is free.
      each(HostPort).map((one) => ({ ip: HostIp, port: one, protocol: port.split('/')[1] ?? 'tcp' })),
    ),
  );

/** A range is one of its ports, which the engine chooses: a single port is what can clash. */
const each = (port: string): string[] => (/^\d+$/.test(port) && port !== '0' ? [port] : []);

function textsOf({ Env, Labels }: CreateBody, kind: Kind): string[] {
  const start = `${kind}:`;
  return [
    ...stored(Labels, kind),
    ...(Env ?? []).flatMap((text) => (text.startsWith(start) ? [text.slice(start.length)] : [])),
  ];
}

/** The labels in which Swarm v1 kept them. */
function stored(labels: CreateBody['Labels'], kind: Kind): string[] {
  try {
    const list: unknown = JSON.parse(labels?.[KINDS[kind]] ?? '[]');
    return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

/** The container of `web:ro`, and what follows it. */
export function volumesFromOf(text: string): { container: string; rest: string } {
  const [, container = text, rest = ''] = /^(.+?)(:(?:ro|rw|z|Z)(?:,.*)?)$/.exec(text) ?? [];
  return { container, rest };
}

/** The container of `web:alias`; its own name is the alias by default. */
export function linkOf(text: string): { container: string; alias: string } {
  const [container = '', alias] = text.split(/:(.*)/s);
  return { container, alias: alias ?? bareName(container) };
}

/**
 * The body for the engine: the expressions are in labels and no longer in the environment, other containers are named by their ids
 * on its node.
 */
export function bodyFor(body: CreateBody, id: string, idOf: (word: string) => string): CreateBody {
  const kept = Object.fromEntries(
    (Object.keys(KINDS) as Kind[]).flatMap((kind) => {
      const texts = textsOf(body, kind);
      return texts.length > 0 ? [[KINDS[kind], JSON.stringify(texts)]] : [];
    }),
  );
  const { HostConfig: host, NetworkingConfig: networking } = body;
  const endpoints = Object.entries(networking?.EndpointsConfig ?? {});
  return {
    ...body,
    ...(body.Env && { Env: body.Env.filter((text) => !PREFIX.test(text)) }),
    Labels: { ...body.Labels, ...kept, 'com.docker.swarm.id': id },
    ...(host && { HostConfig: onItsNode(host, idOf) }),
    ...(endpoints.length > 0 && {
      NetworkingConfig: {
        ...networking,
        EndpointsConfig: Object.fromEntries(endpoints.map(([name, one]) => [withoutNode(name), withBareLinks(one)])),
      },
    }),
  };
}

function onItsNode(host: HostConfig, idOf: (word: string) => string): HostConfig {
  const { VolumesFrom, Links, NetworkMode, Binds, Mounts } = host;
  const joined = JOINS.flatMap(({ key }) => {
    const [, container] = SHARED.exec(host[key] ?? '') ?? [];
    return container === undefined ? [] : [[key, `container:${idOf(container)}`] as const];
  });
  return {
    ...host,
    ...(NetworkMode && { NetworkMode: withoutNode(NetworkMode) }),
    ...(Binds && { Binds: Binds.map(withoutNodeIn) }),
    ...(Mounts && {
      Mounts: Mounts.map((one) =>
        one.Type === 'volume' && one.Source ? { ...one, Source: withoutNode(one.Source) } : one,
      ),
    }),
    ...(VolumesFrom && {
      VolumesFrom: VolumesFrom.map(volumesFromOf).map(({ container, rest }) => `${idOf(container)}${rest}`),
    }),
    ...(Links && { Links: Links.map(linkOf).map(({ container, alias }) => `${idOf(container)}:${alias}`) }),
    ...Object.fromEntries(joined),
  };
}
