// Lists of all engines.
import { messageOf } from '../../errors.ts';
import { type Exchange, pathWith, sendJson } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { listQuery, withoutAge } from '../merge/container-query.ts';
import {
  addUp,
  type From,
  mergeContainers,
  mergeImages,
  mergeNetworks,
  mergePlugins,
  mergeVolumes,
  placed,
} from '../merge/lists.ts';
import type { ApiNode } from '../node.ts';
import { messageIn, Refusal } from '../refusal.ts';
import type { Image, Network, Plugin, Summary, Volume } from '../types.ts';
import { OF_CONTAINERS, OF_IMAGES, ofAge } from './age.ts';

interface Listed<T> {
  lists: From<T>[];
  /** Those that answer, but not this, with why. */
  failed: { node: ApiNode; why: string }[];
}

interface ListOptions<T> {
  version?: string | undefined;
  among?: readonly ApiNode[];
  items?: (body: unknown) => T[];
}

/**
 * What each node that answers gives, in their order. What an engine refuses, it refuses for all: a filter that does not exist.
 * @throws Refusal
 */
async function listed<T>(
  { answering }: ApiFleet,
  path: string | ((node: string) => string),
  { version, among = answering, items = (body) => body as T[] }: ListOptions<T>,
): Promise<Listed<T>> {
  const answers = await Promise.all(
    among.map(async (node) => {
      const own = typeof path === 'string' ? path : path(node.name);
      const answer = await node.ask({ path: own, version }).catch((error: unknown) => ({ error }));
      return { node, answer };
    }),
  );
  const lists: From<T>[] = [];
  const failed: Listed<T>['failed'] = [];
  for (const { node, answer } of answers) {
    const { name, address } = node;
    if ('error' in answer) failed.push({ node, why: messageOf(answer.error) });
    else if (answer.status === 200) lists.push({ node: name, address, items: items(answer.body) });
    else if (answer.status < 500) throw new Refusal(answer.status, `${name}: ${messageIn(answer)}`);
    else failed.push({ node, why: `${name}: ${messageIn(answer)}` });
  }
  // One that has fallen silent meanwhile is left out like those that were silent before.
  return { lists, failed: failed.filter(({ node }) => node.silence === undefined) };
}

/** The same where one list is no whole without the others. @throws Refusal */
async function complete<T>(fleet: ApiFleet, path: string, options: ListOptions<T>): Promise<From<T>[]> {
  const { lists, failed } = await listed<T>(fleet, path, options);
  if (failed.length > 0) throw new Refusal(500, failed.map(({ why }) => why).join('; '));
  return lists;
}

export async function containers(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { query, version } = exchange;
  const names = fleet.nodes.map(({ name }) => name);
  const { queryOf, limit, isWhole, isAsked, ...age } = listQuery(query, names);
  const among = fleet.answering.filter(({ name }) => queryOf(name) !== undefined);
  const path = (node: string) => pathWith('/containers/json', new URLSearchParams(queryOf(node)));
  const { lists, failed } = await listed<Summary>(fleet, path, { version, among });
  for (const { node, items } of lists) {
    if (isWhole) fleet.census.learn(node, items);
    else fleet.census.learnSome(node, items);
  }
  const lastKnown = ({ name, address }: ApiNode, Status: string): From<Summary> => {
    const known = (fleet.census.lists.get(name) ?? []).filter((one) => isAsked(name, one));
    return { node: name, address, items: known.map((one) => ({ ...one, Status })) };
  };
  const kept = await ofAge(
    fleet,
    [
      ...lists,
      ...fleet.census.silent.map((node) => lastKnown(node, 'Host Down')),
      ...failed.map(({ node }) => lastKnown(node, 'Unknown')),
    ],
    age,
    OF_CONTAINERS(fleet),
  );
  sendJson(exchange, 200, mergeContainers(kept, limit));
}

const plain = (exchange: Exchange): string => pathWith(exchange.path, exchange.query);

export async function images(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { query, ...age } = withoutAge(exchange.query);
  const lists = await complete<Image>(fleet, pathWith(exchange.path, query), exchange);
  if (!query.has('filters')) for (const { node, items } of lists) fleet.images.learn(node, items);
  sendJson(exchange, 200, mergeImages(await ofAge(fleet, lists, age, OF_IMAGES(fleet))));
}

export async function networks(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const lists = await complete<Network>(fleet, plain(exchange), exchange);
  sendJson(exchange, 200, mergeNetworks(lists, new Set(fleet.managers.map(({ name }) => name))));
}

export async function volumes(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const items = (body: unknown) => (body as { Volumes?: Volume[] | null }).Volumes ?? [];
  const lists = await complete<Volume>(fleet, plain(exchange), { version: exchange.version, items });
  sendJson(exchange, 200, { Volumes: mergeVolumes(lists), Warnings: null });
}

export async function plugins(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  sendJson(exchange, 200, mergePlugins(await complete<Plugin>(fleet, plain(exchange), exchange)));
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
  const lists = await complete<Usage>(fleet, plain(exchange), { version: exchange.version, items });
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
