// Lists of several engines as one list. Pure.
import { nameOf } from '../find.ts';
import type { Image, Network, Plugin, Port, Summary, Volume } from '../types.ts';

/** What one node gave. */
export interface From<T> {
  node: string;
  /** At which its published ports are reached. */
  address: string;
  items: readonly T[];
}

const EVERYWHERE = new Set(['0.0.0.0', '::', '']);

/** Published on all addresses is: on the node's, as seen from here. */
function portsAt(ports: readonly Port[], address: string): Port[] {
  const seen = new Set<string>();
  return ports
    .map((port) => (port.IP !== undefined && EVERYWHERE.has(port.IP) ? { ...port, IP: address } : port))
    .filter((port) => {
      const key = JSON.stringify([port.IP, port.PrivatePort, port.PublicPort, port.Type]);
      return !seen.has(key) && seen.add(key);
    });
}

/** A container with its node in its names. */
export const placed = <T extends Summary>(container: T, { node, address }: Omit<From<T>, 'items'>): T => ({
  ...container,
  Names: container.Names.map((name) => `/${node}${name.startsWith('/') ? '' : '/'}${name}`),
  Ports: container.Ports && portsAt(container.Ports, address),
});

/** The youngest first, as an engine lists them. */
export const mergeContainers = (lists: readonly From<Summary>[], limit?: number): Summary[] =>
  lists
    .flatMap(({ items, ...at }) => items.map((one) => placed(one, at)))
    .toSorted((a, b) => b.Created - a.Created || (nameOf(a) < nameOf(b) ? -1 : 1))
    .slice(0, limit);

const union = <T>(...lists: (readonly T[] | null | undefined)[]): T[] => [
  ...new Set(lists.flatMap((list) => list ?? [])),
];

/** An image that several have is one, with all of its names. */
export function mergeImages(lists: readonly From<Image>[]): Image[] {
  const byId = new Map<string, Image>();
  for (const image of lists.flatMap(({ items }) => items)) {
    const before = byId.get(image.Id);
    byId.set(
      image.Id,
      before
        ? {
            ...before,
            RepoTags: union(before.RepoTags, image.RepoTags),
            RepoDigests: union(before.RepoDigests, image.RepoDigests),
          }
        : image,
    );
  }
  return [...byId.values()].toSorted((a, b) => b.Created - a.Created);
}

/**
 * Those of the swarm once, those of one engine behind its node's name. Where there are managers, they say which the swarm has: a
 * worker keeps one for a while that was removed.
 */
export function mergeNetworks(lists: readonly From<Network>[], managers: ReadonlySet<string>): Network[] {
  const swarms = new Map<string, Network>();
  const own: Network[] = [];
  for (const { node, items } of lists) {
    for (const network of items) {
      if (network.Scope === 'swarm') {
        const isKnown = managers.size === 0 || managers.has(node);
        if (isKnown && !swarms.has(network.Id)) swarms.set(network.Id, network);
      } else own.push({ ...network, Name: `${node}/${network.Name}` });
    }
  }
  return [...swarms.values(), ...own];
}

/** Says which volumes were made together: the same on all nodes. */
export const TOGETHER = 'com.docker.swarm.id';

/** Made together, or of a driver that spans engines. */
export function areOneVolume(volumes: readonly Volume[]): boolean {
  const ids = new Set(volumes.map(({ Labels }) => Labels?.[TOGETHER]));
  return (ids.size === 1 && !ids.has(undefined)) || volumes.every(({ Scope }) => Scope === 'global');
}

/**
 * Those that are one once, those of one engine behind its node's name. Compose v2 removes what it finds in the list: what it had
 * created on all nodes is on all of them gone then.
 */
export function mergeVolumes(lists: readonly From<Volume>[]): Volume[] {
  const named = new Map<string, Volume[]>();
  for (const volume of lists.flatMap(({ items }) => items)) {
    named.set(volume.Name, [...(named.get(volume.Name) ?? []), volume]);
  }
  const once = [...named.values()].filter(areOneVolume).map(([one]) => one!);
  const isOnce = new Set(once.map(({ Name }) => Name));
  const own = lists.flatMap(({ node, items }) =>
    items.flatMap((one) => (isOnce.has(one.Name) ? [] : [{ ...one, Name: `${node}/${one.Name}` }])),
  );
  return [...own, ...once];
}

/** One that all have alike is named once, as who makes volumes and networks by it has to know it; those of some behind their node's name. */
export function mergePlugins(lists: readonly From<Plugin>[]): Plugin[] {
  const isOn = ({ items }: From<Plugin>, { Name, Enabled }: Plugin) =>
    items.some((one) => one.Name === Name && one.Enabled === Enabled);
  const isEverywhere = (plugin: Plugin) => lists.every((list) => isOn(list, plugin));
  return lists.flatMap(({ node, items }, index) =>
    items.flatMap((one) => {
      if (!isEverywhere(one)) return [{ ...one, Name: `${node}/${one.Name}` }];
      return index === 0 ? [one] : [];
    }),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** One that a number cannot hold is a bigint. */
const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

const added = (a: number | bigint, b: number | bigint): number | bigint =>
  typeof a === 'number' && typeof b === 'number' ? a + b : BigInt(a) + BigInt(b);

/** Answers of prunes and the like: lists joined, numbers added, also in what they are parts of. */
export function addUp(answers: readonly Record<string, unknown>[]): Record<string, unknown> {
  const sum: Record<string, unknown> = {};
  for (const answer of answers) {
    for (const [key, value] of Object.entries(answer)) {
      const before = sum[key];
      if (isNumber(value)) sum[key] = added(isNumber(before) ? before : 0, value);
      else if (Array.isArray(value)) sum[key] = [...(Array.isArray(before) ? before : []), ...value];
      else if (isObject(value)) sum[key] = addUp(isObject(before) ? [before, value] : [value]);
      else sum[key] ??= value;
    }
  }
  return sum;
}
