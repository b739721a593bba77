// Finds swarm entries whose droplets are gone, and droplets of the cluster that lost its tag. Pure.
import { isAt } from '../model/swarm-node.ts';
import type { KnownMember } from './known.ts';

/** A droplet of the account. */
export interface AccountDroplet {
  id: number;
  name: string;
  publicAddress?: string | undefined;
  privateAddress?: string | undefined;
  /** It belongs to other clusters alone. */
  isOthers?: boolean | undefined;
}

/** A droplet of the cluster and whether its engine answered: if so, its entry is known. */
export interface AskedDroplet extends AccountDroplet {
  answered: boolean;
}

export interface Unclaimed {
  /** Entries that belong to no droplet of the cluster. */
  entries: readonly KnownMember[];
  /** The cluster's droplets. */
  droplets: readonly AskedDroplet[];
  /** Names that the cluster's nodes have or are to have. */
  names: ReadonlySet<string>;
  /** Every droplet of the account; undefined where they were not requested. */
  account: readonly AccountDroplet[] | undefined;
}

/**
 * Those that are dead: the swarm sees them as down, and they are nobody's. All others may be members that belt does not manage, or
 * nodes that are only off.
 */
export const staleEntries = (what: Unclaimed): KnownMember[] => ownerless(what).filter(isDown);

/** Those that are nobody's and that the swarm does not see as down, yet or at all. */
export const dyingEntries = (what: Unclaimed): KnownMember[] => ownerless(what).filter((entry) => !isDown(entry));

const isDown = ({ state }: KnownMember): boolean => state === 'down';

/**
 * Those that are no droplet's: one of the cluster has the entry's address, and its engine reports another node; or the entry has the
 * name of one of the cluster's nodes, and no droplet of the account has its address or, as far as it may be a node of the cluster, its name.
 */
const ownerless = ({ entries, droplets, names, account }: Unclaimed): KnownMember[] => {
  const asked = new Set(droplets.map(({ id }) => id));
  return entries.filter((entry) => {
    const own = droplets.filter((droplet) => mayBeOf(entry, droplet));
    if (own.some(({ answered }) => !answered)) return false;
    if (own.some((droplet) => isAt(entry, droplet))) return true;
    if (!names.has(entry.hostname) || account === undefined) return false;
    return account.every((droplet) => asked.has(droplet.id) || !mayBeOf(entry, droplet));
  });
};

/** A name alone may be the same in many clusters; what has no address yet may get the entry's. */
const mayBeOf = (entry: KnownMember, droplet: AccountDroplet): boolean =>
  isAt(entry, droplet) ||
  (droplet.name === entry.hostname && !(droplet.isOthers && droplet.privateAddress !== undefined));

/** Whether the account's droplets are needed to tell whether some of the entries are dead. */
export const needsAccount = ({ entries, droplets, names }: Omit<Unclaimed, 'account'>): boolean =>
  entries.some((entry) => names.has(entry.hostname) && droplets.every((droplet) => !isAt(entry, droplet)));
