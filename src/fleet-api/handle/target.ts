// Requests that one engine answers: which one, and under which path.
import type { Asked, Target } from '../exchange.ts';
import { bodyOf, pathWith } from '../exchange.ts';
import { nameOf } from '../find.ts';
import type { ApiFleet } from '../fleet.ts';
import { withBareLinks } from '../place/wish.ts';
import { noImage, Refusal } from '../refusal.ts';
import type { Handling } from '../routes.ts';
import type { Summary } from '../types.ts';
import { findImage } from './find-image.ts';

type Find = (fleet: ApiFleet, asked: Asked) => Promise<Target>;

const sameOn =
  (choose: (fleet: ApiFleet) => Promise<Target['node']> | Target['node']): Find =>
  async (fleet, { path, query }) => ({ node: await choose(fleet), path: pathWith(path, query) });

/** With the container that the path names. */
export async function containerTarget(
  fleet: ApiFleet,
  { query, route: { name, rest } }: Asked,
): Promise<Target & { container: Summary }> {
  const { node, container } = await fleet.census.locate(name);
  return { node, container, path: pathWith(`/containers/${container.Id}${rest}`, query) };
}

async function commit(fleet: ApiFleet, { path, query }: Asked): Promise<Target> {
  const { node, container: found } = await fleet.census.locate(query.get('container') ?? '');
  const own = new URLSearchParams(query);
  own.set('container', found.Id);
  return { node, path: pathWith(path, own) };
}

async function image(fleet: ApiFleet, { path, query, route: { name, rest } }: Asked): Promise<Target> {
  const wanted = name === '' ? query.getAll('names') : [name];
  const looks = await Promise.all(wanted.map((one) => findImage(fleet, one)));
  const owners = looks.map(({ found }) => found.map((one) => one.node));
  const node = fleet.answering.find((one) => owners.every((list) => list.includes(one)));
  if (node) return { node, path: pathWith(path, query) };
  // What cannot be pushed is told in the stream of the push.
  if (rest === '/push') return { node: fleet.first(), path: pathWith(path, query) };
  const missing = looks.flatMap(({ found, unknown }, index) =>
    found.length === 0 ? [{ name: wanted[index]!, unknown }] : [],
  );
  if (missing.length > 0) {
    const words = `No such image: ${missing.map(({ name: one }) => one).join(', ')}`;
    throw noImage(words, missing[0]!.unknown);
  }
  throw new Refusal(409, `no node has all of these images: ${wanted.join(', ')}`);
}

/** The handlings that lead to one engine. */
export const TARGETS: Readonly<Partial<Record<Handling, Find>>> = {
  container: containerTarget,
  inspect: containerTarget,
  rename: containerTarget,
  commit,
  image,
  exec: async (fleet, { path, query, route: { name } }) => ({
    node: await fleet.execNode(name),
    path: pathWith(path, query),
  }),
  manager: sameOn((fleet) => fleet.manager()),
  'unlock key': sameOn((fleet) => fleet.manager()),
  first: sameOn((fleet) => fleet.first()),
  build: sameOn((fleet) => fleet.buildNode()),
};

/** Where the container of the body is; the network is one that its node knows by this name. */
export async function connectTarget(
  fleet: ApiFleet,
  asked: Asked,
): Promise<{ target: Target; body: Record<string, unknown> }> {
  const { route } = asked;
  const body = await bodyOf(asked, 'connection');
  const { node, container: found } = await fleet.census.locate(body.Container ?? '');
  const [, owner, rest] = /^([^/]+)\/(.+)$/.exec(route.name) ?? [];
  if (owner !== undefined && owner !== node.name && fleet.census.node(owner)) {
    throw new Refusal(
      409,
      `the container ${nameOf(found)} is on ${node.name}, and the network ${route.name} on ${owner}`,
    );
  }
  const own = owner === node.name ? rest! : route.name;
  const target = { node, path: `/networks/${encodeURIComponent(own)}${route.rest}` };
  const { EndpointConfig: endpoint } = body;
  return {
    target,
    body: { ...body, Container: found.Id, ...(endpoint !== undefined && { EndpointConfig: withBareLinks(endpoint) }) },
  };
}
