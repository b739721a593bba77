// What a removal means for the swarm, determined before anything is asked or changed: who leaves, which votes go, what must stay.

import { SwarmView, type ViewedSwarm } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { isVoter, quorumWithout, survives } from '../swarm/quorum.ts';

/** A droplet to delete. */
export interface Leaving {
  droplet: Droplet;
  /** Its node in the swarm. */
  entry: SwarmNode | undefined;
  /** Stale entries that it left behind. */
  stale: SwarmNode[];
}

/** The part of a removal in one swarm. */
export interface SwarmPart {
  view: SwarmView<Droplet>;
  swarm: ViewedSwarm<Droplet>;
  leaving: Leaving[];
  /** Entries without a droplet that were named. */
  ghosts: SwarmNode[];
  /** Every live node of the swarm leaves: it ends, and nothing has to be moved or handed over. */
  dissolves: boolean;
  /** Why it must not be done; undefined when the swarm can do without them. */
  refusal: string | undefined;
}

export interface RemovalOrder {
  leaving: readonly Droplet[];
  /** The other droplets of the cluster. */
  staying: readonly Droplet[];
  /** Names without a droplet: a swarm entry with such a name that is down is removed. */
  gone?: readonly string[];
  /** Names of droplets that belt deleted or began to: the swarm may show them as ready for some seconds more. */
  began?: ReadonlySet<string>;
}

/** The swarms that the nodes of a view are in: usually one. */
export function swarmsIn(view: SwarmView<Droplet>): SwarmView<Droplet>[] {
  if (view.swarm === undefined) return [];
  const foreign = new Set(view.foreign.map(({ id }) => id));
  if (foreign.size === 0) return [view];
  return [view, ...swarmsIn(new SwarmView(view.answers.filter(({ node }) => foreign.has(node.id))))];
}

/** The part of the removal in each swarm. */
export function partsOf(view: SwarmView<Droplet>, order: RemovalOrder): SwarmPart[] {
  let left = order.leaving;
  return swarmsIn(view).map((one) => {
    const members = left.map((droplet) => membership(one, droplet)).filter(({ entry, stale }) => entry || stale.length);
    left = left.filter((droplet) => members.every((member) => member.droplet.id !== droplet.id));
    return partOf(one, members, order);
  });
}

function membership(view: SwarmView<Droplet>, droplet: Droplet): Leaving {
  const entry = view.memberOf(droplet);
  // A node that does not answer may be any of the entries with its address: only the best match is used.
  const answered = view.answerOf(droplet)?.swarm !== undefined;
  const stale = (view.swarm?.members ?? []).filter(
    (one) =>
      one.id !== entry?.id &&
      one.address === droplet.privateAddress &&
      !isClaimed(view, one) &&
      (answered || one.state === 'down'),
  );
  return { droplet, entry, stale };
}

const isClaimed = ({ answers }: SwarmView<Droplet>, { id }: SwarmNode): boolean =>
  answers.some(({ swarm }) => swarm?.nodeId === id);

function partOf(
  view: SwarmView<Droplet>,
  leaving: Leaving[],
  { staying, gone = [], began }: Omit<RemovalOrder, 'leaving'>,
): SwarmPart {
  const swarm = view.swarm!;
  const going = new Set(leaving.flatMap(({ entry, stale }) => [...(entry ? [entry] : []), ...stale]));
  const owned = new Set(staying.flatMap((droplet) => view.memberOf(droplet)?.id ?? []));
  const isDead = (one: SwarmNode) =>
    (one.state === 'down' || began?.has(one.hostname)) && !owned.has(one.id) && !isClaimed(view, one);
  const ghosts = swarm.members.filter((one) => !going.has(one) && isDead(one) && gone.includes(one.hostname));
  for (const ghost of ghosts) going.add(ghost);
  const remaining = swarm.members.filter((one) => !going.has(one) && !isDead(one));
  const dissolves = leaving.length > 0 && remaining.length === 0;
  const refusal = dissolves ? undefined : lostQuorum(swarm.members, [...going]);
  return { view, swarm, leaving, ghosts, dissolves, refusal };
}

/** Why the swarm cannot do without these nodes; undefined when it can. */
export function lostQuorum(members: readonly SwarmNode[], going: readonly SwarmNode[]): string | undefined {
  const managers = going.filter(isVoter);
  if (managers.length === 0) return undefined;
  const gone = new Set(managers.map(({ id }) => id));
  if (survives(members, gone)) return undefined;
  const { managers: left, reachable } = quorumWithout(members, gone);
  const now = members.filter(isVoter).length;
  const names = compact(managers.map(({ hostname }) => hostname));
  const stay = reachable === left ? `${left}` : `${left} (${reachable} of them reachable)`;
  const why = left === 0 ? 'no manager would be left' : `${stay} of ${now} managers would be left`;
  return `without ${names} the swarm would lose its quorum: ${why}`;
}
