// Lists of all engines.
import { type Exchange, pathWith, sendJson } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { listQuery, withoutAge } from '../merge/container-query.ts';
import { addUp, type From, mergeContainers, mergeImages, mergeNetworks, mergeVolumes, placed } from '../merge/lists.ts';
import type { ApiNode } from '../node.ts';
import { Refusal } from '../refusal.ts';
import type { Image, Network, Summary, Volume } from '../types.ts';
import { OF_CONTAINERS, OF_IMAGES, ofAge } from './age.ts';
import { onEach } from './each.ts';

/**
 * What each node that answers gives, in their order. What an engine refuses, it refuses for all: a filter that does not exist.
 * @throws Refusal
 */
export async function listed<T>(
  fleet: ApiFleet,
  path: string,
  {
    version,
    among = fleet.answering,
    items = (body) => body as T[],
  }: { version?: string | undefined; among?: readonly ApiNode[]; items?: (body: unknown) => T[] } = {},
): Promise<From<T>[]> {
  const answers = await Promise.all(among.map((node) => node.ask({ path, version }).catch(() => undefined)));
  return answers.flatMap((answer, index) => {
    const { name, address } = among[index]!;
    if (answer === undefined) return [];
    if (answer.status === 200) return [{ node: name, address, items: items(answer.body) }];
    const { message } = (answer.body ?? {}) as { message?: string };
    throw new Refusal(answer.status, `${name}: ${message ?? answer.status}`);
  });
}

export async function containers(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { query, version } = exchange;
  const { query: asked, limit, nodes, isWhole, isAll, isFiltered, ...age } = listQuery(query);
  const isWanted = ({ name }: { name: string }) => nodes.length === 0 || nodes.includes(name);
  const path = `/containers/json${asked === '' ? '' : `?${asked}`}`;
  const lists = await listed<Summary>(fleet, path, { version, among: fleet.answering.filter(isWanted) });
  for (const { node, items } of lists) {
    if (isWhole) fleet.census.learn(node, items);
    else fleet.census.learnSome(node, items);
  }
  const kept = await ofAge(fleet, lists, age, OF_CONTAINERS(fleet));
  const down = isFiltered ? [] : fleet.census.silent.filter(isWanted).map((node) => lastKnown(fleet, node, isAll));
  sendJson(exchange, 200, mergeContainers([...kept, ...down], limit));
}

/** What a node that is silent had. */
function lastKnown({ census }: ApiFleet, { name, address }: ApiNode, isAll: boolean): From<Summary> {
  const items = (census.lists.get(name) ?? []).filter(({ State }) => isAll || State === 'running');
  return { node: name, address, items: items.map((one) => ({ ...one, Status: 'Host Down' })) };
}

const plain = (exchange: Exchange): string => pathWith(exchange.path, exchange.query);

export async function images(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { query, ...age } = withoutAge(exchange.query);
  const lists = await listed<Image>(fleet, pathWith(exchange.path, query), exchange);
  sendJson(exchange, 200, mergeImages(await ofAge(fleet, lists, age, OF_IMAGES(fleet))));
}

export async function networks(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const lists = await listed<Network>(fleet, plain(exchange), exchange);
  sendJson(exchange, 200, mergeNetworks(lists, new Set(fleet.managers.map(({ name }) => name))));
}

export async function volumes(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const items = (body: unknown) => (body as { Volumes?: Volume[] | null }).Volumes ?? [];
  const lists = await listed<Volume>(fleet, plain(exchange), { version: exchange.version, items });
  sendJson(exchange, 200, { Volumes: mergeVolumes(lists), Warnings: null });
}

/** Since API 1.52 there is one for each kind, with the things themselves where the client wants details. */
interface Used<T> {
  Items?: T[] | null;
}

interface Usage {
  ContainerUsage?: Used<Summary> | null;
  VolumeUsage?: Used<Volume> | null;
  LayersSize?: number;
  Images?: Image[] | null;
  Containers?: Summary[] | null;
  Volumes?: Volume[] | null;
  BuildCache?: unknown[] | null;
}

export async function usage(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const items = (body: unknown) => [body as Usage];
  const lists = await listed<Usage>(fleet, plain(exchange), { version: exchange.version, items });
  const usages = lists.map(({ items: [one = {}], ...at }) => {
    const container = (each: Summary) => placed(each, at);
    const volume = (each: Volume) => ({ ...each, Name: `${at.node}/${each.Name}` });
    return {
      ...one,
      ...(one.ContainerUsage && { ContainerUsage: named(one.ContainerUsage, container) }),
      ...(one.VolumeUsage && { VolumeUsage: named(one.VolumeUsage, volume) }),
      Images: one.Images ?? [],
      Containers: (one.Containers ?? []).map(container),
      Volumes: (one.Volumes ?? []).map(volume),
      BuildCache: one.BuildCache ?? [],
    };
  });
  sendJson(exchange, 200, addUp(usages));
}

const named = <T>(used: Used<T>, name: (one: T) => T): Used<T> =>
  used.Items ? { ...used, Items: used.Items.map(name) } : used;

/** Volumes and networks of one engine are named as in lists. */
const removed = (answer: Record<string, unknown>, node: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(answer).map(([key, value]) => {
      const isOwn = Array.isArray(value) && (key === 'VolumesDeleted' || key === 'NetworksDeleted');
      return [key, isOwn ? value.map((name) => `${node}/${name}`) : value];
    }),
  );

/** Prunes everywhere. */
export async function prune(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { version, method } = exchange;
  const answers = await onEach(fleet.answering, { method, path: plain(exchange), version });
  const bodies = answers.map(({ node, answer }) => removed(answer.body as Record<string, unknown>, node.name));
  sendJson(exchange, 200, addUp(bodies));
}
