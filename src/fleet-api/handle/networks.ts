// Networks and volumes.
import { randomBytes } from 'node:crypto';
import { bodyOf, type Exchange, pathWith, relay, sendJson } from '../exchange.ts';
import { nameOf } from '../find.ts';
import type { ApiFleet } from '../fleet.ts';
import { areOneVolume, TOGETHER } from '../merge/lists.ts';
import type { ApiNode } from '../node.ts';
import { NoSwarm, notFound, notRemoved, Refusal } from '../refusal.ts';
import type { Network, Summary, Volume } from '../types.ts';
import { onEach } from './each.ts';

/** A network for containers on any node is an overlay: a bridge on one node would leave the others out. */
export async function createNetwork(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const body = await bodyOf(exchange, 'network');
  const { Name: name, Options: options } = body;
  const driver = body.Driver ?? '';
  if (!name) throw new Refusal(400, 'network name cannot be blank');
  if (driver !== '' && driver !== 'bridge' && driver !== 'overlay') {
    throw new Refusal(501, `a network of the driver ${driver} is on one node: create it there, with belt with NODE`);
  }
  const node = await fleet.manager().catch((error: unknown) => {
    if (!(error instanceof NoSwarm)) throw error;
    throw new Refusal(
      501,
      `the network ${name} cannot span the nodes: they are in no swarm; create one: belt swarm init, or use one node: belt with NODE`,
    );
  });
  const isBridge = driver !== 'overlay';
  const target = { node, path: pathWith(exchange.path, exchange.query) };
  await relay(exchange, target, {
    body: isBridge ? { ...body, Driver: 'overlay', Attachable: true, Options: withoutBridge(options ?? {}) } : body,
  });
}

const withoutBridge = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([key]) => !key.startsWith('com.docker.network.bridge.')));

interface Had<T> {
  node: ApiNode;
  body: T;
}

/** What the nodes have under a name, or under `node/name`, and those that did not say. */
async function had<T>(
  fleet: ApiFleet,
  kind: 'networks' | 'volumes',
  { route, query, version, method }: Exchange,
): Promise<{ own: string; found: Had<T>[]; unknown: ApiNode[]; missing: Refusal }> {
  const [, owner, rest] = /^([^/]+)\/(.+)$/.exec(route.name) ?? [];
  const own = rest ?? route.name;
  const among = fleet.nodes.filter(({ name }) => owner === undefined || name === owner);
  const { found, unknown } = await fleet.look(
    { path: pathWith(`/${kind}/${encodeURIComponent(own)}`, query), version },
    among,
  );
  // Whoever asks for a name alone wants to know whether to create it: what the nodes that answer say is all that there is.
  const isToCreate = owner === undefined && method === 'GET';
  const words = kind === 'networks' ? `network ${route.name} not found` : `get ${route.name}: no such volume`;
  return { own, found: found as Had<T>[], unknown, missing: notFound(words, isToCreate ? [] : unknown) };
}

/** As a manager has it, where it is the swarm's, with the containers of all nodes. */
export async function network(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { method, route, query } = exchange;
  const { own, found, unknown, missing } = await had<Network & { Containers?: object }>(fleet, 'networks', exchange);
  const swarms = found.filter(({ body }) => body.Scope === 'swarm');
  const one = swarms.find(({ node }) => fleet.managers.includes(node)) ?? swarms[0] ?? found[0];
  if (one === undefined) throw missing;
  if (swarms.length === 0 && found.length > 1) throw ambiguous(route.name, found, own);
  if (method === 'DELETE') {
    // A manager knows what is the swarm's.
    if (swarms.length === 0 && unknown.length > 0) throw notRemoved(`the network ${route.name}`, unknown);
    await relay(exchange, { node: one.node, path: pathWith(`/networks/${one.body.Id}`, query) });
    return;
  }
  const endpoints: [string, unknown][] = swarms.flatMap(({ body }) => Object.entries(body.Containers ?? {}));
  // Not the load balancers of the nodes, which clients would look for.
  const containers = Object.fromEntries(endpoints.filter(([id]) => /^[0-9a-f]{64}$/.test(id)));
  sendJson(exchange, 200, swarms.length > 0 ? { ...one.body, Containers: containers } : one.body);
}

const ambiguous = (name: string, found: readonly Had<unknown>[], own: string): Refusal =>
  new Refusal(409, `"${name}" is ambiguous: ${found.map(({ node }) => `${node.name}/${own}`).join(', ')}`);

/** As HTTP words it. */
const leftOut = (silent: readonly ApiNode[]): string =>
  `199 belt "not created on nodes that do not answer: ${silent.map(({ name }) => name).join(', ')}"`;

/** A volume of one name is on every node, so that containers find it wherever they are; `node/name` is on that one alone. */
export async function createVolume(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const given = await bodyOf(exchange, 'volume');
  const [, owner, bare] = /^([^/]+)\/(.+)$/.exec(given.Name ?? '') ?? [];
  const node = fleet.nodes.find(({ name }) => name === owner);
  if (node) {
    const { method, path: to, version: asked } = exchange;
    const answer = await node.ask({ method, path: to, version: asked, body: { ...given, Name: bare } });
    const made = answer.body as Volume;
    sendJson(exchange, answer.status, answer.status === 201 ? { ...made, Name: `${node.name}/${made.Name}` } : made);
    return;
  }
  const id = randomBytes(32).toString('hex');
  const body = { ...given, Name: given.Name || id, Labels: { ...given.Labels, [TOGETHER]: id } };
  const { version, path } = exchange;
  fleet.first();
  const { silent } = fleet.census;
  const made = await onEach(fleet.answering, { method: 'POST', path, version, body });
  // No error: containers with this volume go where it is.
  if (silent.length > 0) exchange.response.setHeader('warning', leftOut(silent));
  sendJson(exchange, 201, made[0]!.answer.body);
}

/** Shown as the first has it; removed on all nodes where it was made on all, or on one as `node/name`. */
export async function volume(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { method, route, query, version } = exchange;
  const { own, found, unknown, missing } = await had<Volume>(fleet, 'volumes', exchange);
  const [first] = found;
  if (first === undefined) throw missing;
  if (method === 'GET') return sendJson(exchange, 200, first.body);
  if (found.length > 1 && !areOneVolume(found.map(({ body }) => body))) throw ambiguous(route.name, found, own);
  if (unknown.length > 0) throw notRemoved(`the volume ${route.name}`, unknown);
  const nodes = found.map(({ node }) => node);
  if (nodes.length > 1) await checkUnused(nodes, own);
  await onEach(nodes, { method, path: pathWith(`/volumes/${encodeURIComponent(own)}`, query), version });
  sendJson(exchange, 204, undefined);
}

/** Before anything is removed: what one engine will refuse must not cost the others their data. @throws Refusal */
async function checkUnused(nodes: readonly ApiNode[], volume: string): Promise<void> {
  const filters = JSON.stringify({ volume: [volume] });
  const path = pathWith('/containers/json', new URLSearchParams({ all: '1', filters }));
  const used = (await onEach(nodes, { path })).flatMap(({ node, answer }) => {
    const names = (answer.body as Summary[]).map((one) => `${node.name}/${nameOf(one)}`);
    return names.length > 0 ? [`${node.name}: remove ${volume}: volume is in use - [${names.join(', ')}]`] : [];
  });
  if (used.length > 0) throw new Refusal(409, [...used, 'nothing was removed'].join('; '));
}
