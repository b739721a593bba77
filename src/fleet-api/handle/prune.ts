// What nothing uses, removed on all engines.
import { type Exchange, pathWith, sendJson } from '../exchange.ts';
import type { ApiFleet } from '../fleet.ts';
import { addUp } from '../merge/lists.ts';
import type { Network } from '../types.ts';
import { onEach } from './each.ts';

/** Prunes everywhere; a node that does not answer is told as one that refuses. */
export async function prune(fleet: ApiFleet, exchange: Exchange): Promise<void> {
  const { version, method, path, query } = exchange;
  const swarms = path === '/networks/prune' ? await swarmNetworks(fleet) : new Set<string>();
  const answers = await onEach(fleet.nodes, { method, path: pathWith(path, query), version });
  const bodies = answers.map(({ node, answer }) => removed(answer.body as Record<string, unknown>, node.name, swarms));
  sendJson(exchange, 200, unrepeated(addUp(bodies)));
}

/** By node and name: what the answer to a prune says of them is their names. */
async function swarmNetworks(fleet: ApiFleet): Promise<ReadonlySet<string>> {
  const { found } = await fleet.look({ path: '/networks' }, fleet.answering);
  return new Set(
    found.flatMap(({ node, body }) =>
      (body as Network[]).flatMap(({ Name, Scope }) => (Scope === 'swarm' ? [`${node.name}/${Name}`] : [])),
    ),
  );
}

/** Volumes and networks of one engine are named as in lists. */
function removed(answer: Record<string, unknown>, node: string, swarms: ReadonlySet<string>): Record<string, unknown> {
  const full = (name: unknown) => (swarms.has(`${node}/${name}`) ? name : `${node}/${name}`);
  return Object.fromEntries(
    Object.entries(answer).map(([key, value]) => {
      const isOwn = Array.isArray(value) && (key === 'VolumesDeleted' || key === 'NetworksDeleted');
      return [key, isOwn ? value.map(full) : value];
    }),
  );
}

/** Each manager tells of a network of the swarm. */
const unrepeated = (answer: Record<string, unknown>): Record<string, unknown> =>
  Array.isArray(answer['NetworksDeleted'])
    ? { ...answer, NetworksDeleted: [...new Set(answer['NetworksDeleted'])] }
    : answer;
