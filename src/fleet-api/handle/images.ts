// Images: pulled, loaded, tagged and removed on all engines.
import type http from 'node:http';
import { messageOf } from '../../errors.ts';
import { content } from '../content.ts';
import { type Exchange, pathWith, sendJson } from '../exchange.ts';
import { nameOf } from '../find.ts';
import type { ApiFleet } from '../fleet.ts';
import { NodeProgress } from '../merge/progress.ts';
import type { ApiNode } from '../node.ts';
import { messageIn, notFound, notRemoved, Refusal } from '../refusal.ts';
import type { Image, Summary } from '../types.ts';
import { imagePath } from './age.ts';
import { onEach } from './each.ts';
import { linesOf } from './events.ts';

/** Headers of a request for images that engines need: the login to a registry, and what a body is. */
const NEEDED = ['x-registry-auth', 'x-registry-config', 'content-type'];

const headersOf = ({ request }: Exchange): Record<string, string> =>
  Object.fromEntries(NEEDED.flatMap((name) => (request.headers[name] ? [[name, String(request.headers[name])]] : [])));

export async function pull(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { query } = exchange;
  const [name, tag] = [query.get('fromImage') ?? '', query.get('tag') ?? ''];
  const image = name === '' ? 'the image' : tag === '' ? name : `${name}${tag.includes(':') ? '@' : ':'}${tag}`;
  const source = query.get('fromSrc') ?? '';
  if (source === '') return onAll(fleet, exchange, `Pulling ${image}`, { body: 'none' });
  return onAll(fleet, exchange, `Importing ${image}`, { body: source === '-' ? 'each' : 'none' });
}

export const load = (fleet: ApiFleet, exchange: Exchange): Promise<void> =>
  onAll(fleet, exchange, 'Loading', { body: 'each' });

/** The same on all engines that answer, with their progress as one stream. */
async function onAll(
  fleet: ApiFleet,
  exchange: Exchange,
  what: string,
  { body }: { body: 'none' | 'each' },
): Promise<void> {
  const { response, request } = exchange;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const nodes = fleet.answering;
  fleet.first();
  const told = new Set<string>();
  const works = nodes.map((node) => ({ node, progress: new NodeProgress(node.name, what, told) }));
  // Before one of them takes it, what they say is the answer itself.
  const early: string[] = body === 'none' ? works.map(({ progress }) => progress.started) : [];
  const tell = (text: string) => {
    if (!response.headersSent) early.push(text);
    else if (!response.destroyed) response.write(text);
  };
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const text of early) response.write(text);
  };
  for (const { name, refusal } of fleet.census.silent)
    tell(new NodeProgress(name, what, told).leftOut(refusal.message));
  const upstreams: http.ClientRequest[] = [];
  const feed = (upstream: http.ClientRequest) => {
    if (body === 'none') upstream.end();
    else upstreams.push(upstream);
  };
  const under = works.map((work) => onNode(exchange, work, { feed, begin, tell, signal: gone.signal }));
  if (body === 'each') void toAll(request, upstreams).catch(() => gone.abort());
  const ends = await Promise.all(under);
  if (gone.signal.aborted) return;
  const message = failure(ends);
  if (!response.headersSent) throw new Refusal(ends[0]?.status ?? 500, message ?? '');
  if (message !== undefined) response.write(`${JSON.stringify({ error: message, errorDetail: { message } })}\n`);
  response.end();
}

interface End {
  node: string;
  /** With the node's name. */
  error: string | undefined;
  /** Of its answer. */
  status: number;
}

/** Each node has said its own reason before. */
function failure(ends: readonly End[]): string | undefined {
  const [first, ...others] = ends.filter(({ error }) => error !== undefined);
  if (first === undefined) return undefined;
  const too = others.length > 0 ? ` (failed on ${others.map(({ node }) => node).join(', ')} too)` : '';
  return `${first.error}${too}`;
}

interface Answering {
  feed: (upstream: http.ClientRequest) => void;
  begin: () => void;
  tell: (text: string) => void;
  signal: AbortSignal;
}

async function onNode(
  exchange: Exchange,
  { node, progress }: { node: ApiNode; progress: NodeProgress },
  { feed, begin, tell, signal }: Answering,
): Promise<End> {
  const { method, path, query, version } = exchange;
  let status = 500;
  let words: string | undefined;
  try {
    const headers = headersOf(exchange);
    const answer = await node.send({ method, path: pathWith(path, query), version, headers, signal }, feed);
    const answered = answer.statusCode ?? 0;
    if (answered >= 300) {
      status = answered;
      throw new Error(messageIn({ status, body: await content(answer) }));
    }
    begin();
    for await (const line of linesOf(answer)) {
      const text = progress.read(line);
      if (text !== undefined) tell(text);
    }
    if (!answer.complete) throw new Error('its answer was cut off');
  } catch (error) {
    progress.error = messageOf(error);
    // Of a node that does not answer, it names the node itself.
    if (error instanceof Refusal) words = progress.error;
  }
  tell(progress.ended);
  if (progress.error !== undefined) words ??= `${node.name}: ${progress.error}`;
  return { node: node.name, error: words, status };
}

/** Writes the request's body to all of them, as fast as the slowest takes it; one that ends early takes no more. */
async function toAll(request: Exchange['request'], given: readonly http.ClientRequest[]): Promise<void> {
  const isOpen = (one: http.ClientRequest) => !one.destroyed && !one.writableEnded;
  for await (const chunk of request) {
    const full = given.filter((one) => isOpen(one) && !one.write(chunk));
    await Promise.all(full.map(roomIn));
  }
  for (const one of given) if (isOpen(one)) one.end();
}

/** Resolves when it takes more, or is closed. */
const roomIn = (one: http.ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      one.off('drain', go);
      one.off('close', go);
      resolve();
    };
    one.once('drain', go);
    one.once('close', go);
  });

/** Tags or removes an image on every node that has it. */
export async function onOwners(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { method, path, query, version, route } = exchange;
  const { found, unknown } = await fleet.look({ path: imagePath(route.name) });
  const owners = found.map(({ node }) => node);
  if (owners.length === 0) throw notFound(`No such image: ${route.name}`, unknown);
  if (method === 'DELETE' && !/^(1|true)$/i.test(query.get('force') ?? '')) {
    if (unknown.length > 0) throw notRemoved(`the image ${route.name}`, unknown);
    if (owners.length > 1) await checkUnused(owners, route.name);
  }
  // One that does not answer is told as one that refuses, unless it had no such image.
  const missed = unknown.filter((node) => fleet.images.mayHave(node, route.name));
  const ends = await onEach([...owners, ...missed], { method, path: pathWith(path, query), version });
  const lists = ends.map(({ answer }) => answer.body).filter(Array.isArray);
  const all = new Map(lists.flat().map((one) => [JSON.stringify(one), one as unknown]));
  sendJson(exchange, ends[0]!.answer.status, lists.length > 0 ? [...all.values()] : undefined);
}

/**
 * Before anything is removed: an image that one engine will keep for its container is kept by all. One with more names only loses
 * this one.
 * @throws Refusal
 */
async function checkUnused(owners: readonly ApiNode[], name: string): Promise<void> {
  const [images, lists] = await Promise.all([
    onEach(owners, { path: imagePath(name) }),
    onEach(owners, { path: '/containers/json?all=1' }),
  ]);
  const used = lists.flatMap(({ node, answer }, index) => {
    const { Id, RepoTags } = images[index]!.answer.body as Image;
    if ((RepoTags ?? []).length > 1) return [];
    const having = (answer.body as Summary[]).filter(({ ImageID }) => ImageID === Id);
    const names = having.map((one) => `${node.name}/${nameOf(one)}`).join(', ');
    return having.length > 0 ? [`${node.name}: conflict: ${name} is the image of ${names} (must force)`] : [];
  });
  if (used.length > 0) throw new Refusal(409, [...used, 'nothing was removed'].join('; '));
}
