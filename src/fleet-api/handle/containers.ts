// Containers: created where there is a place, and worked on where they are.
import { randomBytes } from 'node:crypto';
import { bodyOf, type Exchange, pathWith, relay, sendJson, type Target } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { inspected } from '../merge/inspected.ts';
import type { Answer } from '../node.ts';
import { bodyFor, type Wish, wishOf } from '../place/wish.ts';
import { messageIn, noImage, Refusal } from '../refusal.ts';
import type { CreateBody, Image } from '../types.ts';
import { findImage } from './find-image.ts';
import { connectTarget, containerTarget, TARGETS } from './target.ts';

const isNoImage = (answer: Answer): boolean => answer.status === 404 && /no such image/i.test(messageIn(answer));

export async function create(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const body = (await bodyOf(exchange, 'container')) as CreateBody;
  const { asked, wish } = named(fleet, exchange, wishOf(body));
  const first = await createFor(fleet, asked, body, wish);
  const answer = isNoImage(first) ? ((await createWhereImageIs(fleet, asked, body, wish)) ?? first) : first;
  // At any 404 the client pulls the image.
  if (answer.status === 404 && !isNoImage(answer)) throw new Refusal(409, messageIn(answer));
  sendJson(exchange, answer.status, answer.body);
}

type Create = Pick<Exchange, 'query' | 'version'>;

/** A name with its node, `node/name`, is for that one. @throws Refusal where it does not answer */
function named(fleet: ApiFleet, { query, version }: Create, wish: Wish): { asked: Create; wish: Wish } {
  const name = query.get('name')?.replace(/^\//, '') || undefined;
  const [, owner, bare = ''] = /^([^/]+)\/(.+)$/.exec(name ?? '') ?? [];
  const node = fleet.nodes.find((one) => one.name === owner);
  if (name === undefined || node === undefined) return { asked: { query, version }, wish: { ...wish, name } };
  if (node.silence !== undefined) throw node.refusal;
  const own = new URLSearchParams(query);
  own.set('name', bare);
  const owned = [...wish.owned, { option: '--name', name, node: node.name }];
  return { asked: { query: own, version }, wish: { ...wish, name: bare, owned } };
}

async function createFor(fleet: ApiFleet, { query, version }: Create, body: CreateBody, wish: Wish): Promise<Answer> {
  const place = await fleet.placement.reserve(wish);
  let id: string | undefined;
  let isKnown = false;
  try {
    const answer = await place.node.ask({
      method: 'POST',
      path: pathWith('/containers/create', query),
      version,
      body: bodyFor(body, randomBytes(32).toString('hex'), place.idOf),
    });
    isKnown = true;
    if (answer.status === 201) id = (answer.body as { Id: string }).Id;
    return answer;
  } finally {
    if (isKnown) place.end(id);
    else place.lost();
  }
}

/**
 * An image that was built is on one node: the container goes there. Undefined where none has it, or where a registry has it for the
 * others as well.
 * @throws Refusal where it can only be there, and the container cannot
 */
async function createWhereImageIs(
  fleet: ApiFleet,
  asked: Create,
  body: CreateBody,
  wish: Wish,
): Promise<Answer | undefined> {
  const { found, unknown } = await findImage(fleet, wish.image);
  if (found.length === 0 && unknown.length > 0) throw noImage(`No such image: ${wish.image}`, unknown);
  if (found.length === 0) return undefined;
  const owners = found.map(({ node }) => node.name);
  try {
    return await createFor(fleet, asked, body, { ...wish, imageIsOn: owners });
  } catch (error) {
    const isAnywhere = found.some((one) => ((one.body as Image).RepoDigests ?? []).length > 0);
    if (error instanceof Refusal && isAnywhere) return undefined;
    throw error;
  }
}

/** With its node, as Swarm v1 had it. */
export async function inspect(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { node, path } = await TARGETS.inspect!(fleet, exchange);
  const answer = await node.ask({ path, version: exchange.version });
  const isFound = answer.status === 200;
  sendJson(exchange, answer.status, isFound ? inspected(answer.body as Record<string, unknown>, node) : answer.body);
}

/** @throws Refusal for a name on another node */
function nameOn(node: string, given: string, { nodes }: ApiFleet): string {
  const [, owner, name = ''] = /^\/?([^/]+)\/(.+)$/.exec(given) ?? [];
  if (owner === node) return name;
  if (!nodes.some((one) => one.name === owner)) return given.replace(/^\//, '');
  throw new Refusal(409, `the container is on ${node}: it cannot be renamed to ${given}, which would be on ${owner}`);
}

/** A new name is one that no other node has, and that none is about to have. */
export async function rename(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { node, container, path } = await containerTarget(fleet, exchange);
  const name = nameOn(node.name, exchange.query.get('name') ?? '', fleet);
  const kept = await fleet.placement.reserveName(name, { node: node.name, id: container.Id });
  let id: string | undefined;
  let isKnown = false;
  try {
    const [bare = ''] = path.split('?');
    const answer = await node.ask({ method: 'POST', path: pathWith(bare, new URLSearchParams({ name })) });
    isKnown = true;
    if (answer.status < 300) id = container.Id;
    sendJson(exchange, answer.status, answer.body);
  } finally {
    if (isKnown) kept.end(id);
    else kept.lost();
  }
}

/** On one engine; what an exec begins is remembered. */
export async function onOne(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { route, method, query } = exchange;
  const target = await TARGETS[route.handling]!(fleet, exchange);
  if (route.rest === '/exec') return beginExec(fleet, exchange, target);
  if (route.rest === '/update') fleet.placement.forget(idIn(target.path));
  const status = await relay(exchange, target);
  const isGone = status === 204 || status === 404;
  if (route.handling !== 'container' || method !== 'DELETE' || !isGone || query.has('link')) return;
  fleet.census.forget(target.node.name, idIn(target.path));
}

const idIn = (path: string): string => /[0-9a-f]{64}/.exec(path)?.[0] ?? '';

async function beginExec(fleet: ApiFleet, exchange: Exchange, { node, path }: Target): Promise<void> {
  const body = await bodyOf(exchange, 'any');
  const answer = await node.ask({ method: 'POST', path, version: exchange.version, body });
  const { Id } = (answer.body ?? {}) as { Id?: string };
  if (answer.status === 201 && Id !== undefined) fleet.rememberExec(Id, node);
  sendJson(exchange, answer.status, answer.body);
}

export async function connectNetwork(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { target, body } = await connectTarget(fleet, exchange);
  await relay(exchange, target, { body });
}
