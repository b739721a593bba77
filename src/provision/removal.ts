// What a removal means for the swarm, determined before anything is asked or changed: who leaves, which votes go, what must stay.

import { SwarmView, type ViewedSwarm } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { isAt, type SwarmNode } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { holds, isVoter, quorumWithout, survives } from '../swarm/quorum.ts';

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
  /** Why the swarm cannot do without them; undefined when it can. */
  loss: string | undefined;
  /** Why it must not be done: as `loss`, but not for a swarm that ends. */
  refusal: string | undefined;
  /** Droplets that leave and may be managers whose loss the swarm does not survive: nobody can tell. */
  inDoubt: readonly Droplet[];
}

export interface RemovalOrder {
  leaving: readonly Droplet[];
  /** The other droplets of the cluster. */
  staying: readonly Droplet[];
  /** Names without a droplet: a swarm entry with such a name that is down is removed. */
  gone?: readonly string[];
  /** Names of droplets that belt deleted or began to: the swarm may show them as ready for some seconds more. */
  began?: ReadonlySet<string>;
  /** Whether a droplet may be in a swarm; any by default. */
  isOpen?: (droplet: Droplet) => boolean;
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
  const parts = swarmsIn(view).map((one) => {
    const members = left.map((droplet) => membership(one, droplet)).filter(({ entry, stale }) => entry || stale.length);
    left = left.filter((droplet) => members.every((member) => member.droplet.id !== droplet.id));
    return { one, members };
  });
  // Each of those may be in any of the swarms.
  const { isOpen = () => true } = order;
  const hidden = left.filter((droplet) => view.isHidden(droplet) && isOpen(droplet));
  return parts.map(({ one, members }) => partOf(one, members, hidden, order));
}

function membership(view: SwarmView<Droplet>, droplet: Droplet): Leaving {
  const entry = view.memberOf(droplet);
  // A node that does not answer may be any of the entries with its address: only the best match is used.
  const answered = view.answerOf(droplet)?.swarm !== undefined;
  const stale = (view.swarm?.members ?? []).filter(
    (one) => one.id !== entry?.id && isAt(one, droplet) && !view.claims(one) && (answered || one.state === 'down'),
  );
  return { droplet, entry, stale };
}

function partOf(
  view: SwarmView<Droplet>,
  leaving: Leaving[],
  hidden: readonly Droplet[],
  { staying, gone = [], began }: Omit<RemovalOrder, 'leaving'>,
): SwarmPart {
  const swarm = view.swarm!;
  const going = new Set(leaving.flatMap(({ entry, stale }) => [...(entry ? [entry] : []), ...stale]));
  const owned = new Set(staying.flatMap((droplet) => view.mightBe(droplet)?.id ?? []));
  const isDead = (one: SwarmNode) =>
    (one.state === 'down' || began?.has(one.hostname)) && !owned.has(one.id) && !view.claims(one);
  const ghosts = swarm.members.filter((one) => !going.has(one) && isDead(one) && gone.includes(one.hostname));
  for (const ghost of ghosts) going.add(ghost);
  const remaining = swarm.members.filter((one) => !going.has(one) && !isDead(one));
  const dissolves = remaining.length === 0;
  // An entry that may be a droplet's is not taken off: its vote counts on when the droplet is gone.
  const [named, unnamed] = [new Set<SwarmNode>(), [] as Droplet[]];
  for (const droplet of hidden) {
    const entry = view.mightBe(droplet);
    if (entry === undefined) unnamed.push(droplet);
    else if (!going.has(entry)) named.add(entry);
  }
  const loss = lostQuorum(swarm.members, [...going], [...named]);
  const worst = view.unplaced.filter((one) => isVoter(one) && !going.has(one) && !named.has(one));
  const reachableFirst = worst.toSorted((a, b) => Number(isReachable(b)) - Number(isReachable(a)));
  const lost = [...named, ...reachableFirst.slice(0, unnamed.length)];
  const isDoubtful = !dissolves && loss === undefined && lostQuorum(swarm.members, [...going], lost) !== undefined;
  return {
    view,
    swarm,
    leaving,
    ghosts,
    dissolves,
    loss,
    refusal: dissolves ? undefined : loss,
    inDoubt: isDoubtful ? unnamed : [],
  };
}

const isReachable = ({ reachability }: SwarmNode): boolean => reachability === 'reachable';

/** Why the swarm cannot do without these nodes, nor with these `lost`, whose entries stay; undefined when it can. */
export function lostQuorum(
  members: readonly SwarmNode[],
  going: readonly SwarmNode[],
  lost: readonly SwarmNode[] = [],
): string | undefined {
  const managers = [...going, ...lost].filter(isVoter);
  if (managers.length === 0) return undefined;
  const gone = new Set(managers.map(({ id }) => id));
  const after = members.map((one) => (lost.includes(one) && isVoter(one) ? { ...one, reachability: 'lost' } : one));
  const taken = new Set(going.filter(isVoter).map(({ id }) => id));
  if (survives(members, gone) && holds(quorumWithout(after, taken))) return undefined;
  const { managers: left, reachable } = quorumWithout(members, gone);
  const now = members.filter(isVoter).length;
  const names = compact(managers.map(({ hostname }) => hostname));
  const stay = reachable === left ? `${left}` : `${left} (${reachable} of them reachable)`;
  const why = left === 0 ? 'no manager would be left' : `${stay} of ${now} managers would be left`;
  return `without ${names} the swarm would lose its quorum: ${why}`;
}
