// What the fleet says of itself.
import { type Exchange, sendJson } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { type About, fleetInfo, fleetVersion } from '../merge/about.ts';
import { type From, mergeImages } from '../merge/lists.ts';
import type { ApiNode } from '../node.ts';
import type { Image } from '../types.ts';
import { compareVersions } from '../version.ts';

/** From this version on engines build with BuildKit unless they are asked otherwise. */
const BUILDKIT_FROM = '1.42';

/** The headers of every engine's answers, which a client reads first. */
export function fleetHeaders(fleet: ApiFleet): Record<string, string> {
  const { max } = fleet.versions;
  return {
    'Api-Version': max,
    'Builder-Version': compareVersions(max, BUILDKIT_FROM) < 0 ? '1' : '2',
    'Docker-Experimental': 'false',
    Ostype: fleet.nodes.find(({ info }) => info !== undefined)?.info?.OSType ?? 'linux',
    Server: `belt/${fleet.options.version}`,
    Swarm: fleet.managers.length > 0 ? 'active/manager' : 'inactive',
  };
}

export async function ping(_fleet: ApiFleet, { response, method }: Exchange): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' });
  response.end(method === 'HEAD' ? undefined : 'OK');
}

export async function version(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  sendJson(
    exchange,
    200,
    fleetVersion(
      fleet.nodes.map((node) => aboutNode(fleet, node)),
      fleet.options.version,
    ),
  );
}

export async function info(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { options } = fleet;
  const { nodes, images } = await lookAround(fleet);
  sendJson(exchange, 200, fleetInfo(nodes, { strategy: options.strategy, name: options.name, images }));
}

/** The swarm as a manager has it; who may only look gets no token to join it. */
export async function swarm(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const node = await fleet.manager();
  const { status, body } = await node.ask({ path: exchange.path, version: exchange.version });
  const isShut = fleet.options.isReadOnly && status === 200;
  sendJson(exchange, status, isShut ? { ...(body as object), JoinTokens: { Worker: '', Manager: '' } } : body);
}

/** Asks every engine about itself and all that it has. `images`: how many different ones there are. */
export async function lookAround(fleet: ApiFleet): Promise<{ nodes: About[]; images: number }> {
  const [images] = await Promise.all([
    Promise.all(fleet.answering.map(imagesOf)),
    fleet.placement.survey(),
    ...fleet.answering.map((node) => node.greet().catch(() => {})),
  ]);
  return { nodes: fleet.nodes.map((node) => aboutNode(fleet, node)), images: mergeImages(images).length };
}

/** Of a node that cannot list them there are none: the rest is told. */
async function imagesOf(node: ApiNode): Promise<From<Image>> {
  const answer = await node.ask({ path: '/images/json' }).catch(() => undefined);
  return { node: node.name, address: node.address, items: answer?.status === 200 ? (answer.body as Image[]) : [] };
}

function aboutNode(fleet: ApiFleet, node: ApiFleet['nodes'][number]): About {
  const list = fleet.census.lists.get(node.name) ?? [];
  const of = (state: string) => list.filter(({ State }) => State === state).length;
  const [running, paused] = [of('running'), of('paused')];
  return {
    name: node.name,
    address: node.address,
    versions: node.versions,
    version: node.versionAnswer,
    info: node.info,
    silence: node.silence,
    containers: { total: list.length, running, paused, stopped: list.length - running - paused },
    reserved: fleet.placement.reserved(node.name),
  };
}
