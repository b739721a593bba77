// Which entries of the swarm are of droplets that are gone, and which droplets of the account are the cluster's without its tag. Pure.
import type { KnownMember } from './known.ts';

/** A droplet of the account. */
export interface AccountDroplet {
  id: number;
  name: string;
  privateAddress?: string | undefined;
}

/** A droplet of the cluster and whether its engine answered: of one that did, its entry is known. */
export interface AskedDroplet extends AccountDroplet {
  answered: boolean;
}

export interface Unclaimed {
  /** Entries that no droplet of the cluster is. */
  entries: readonly KnownMember[];
  /** The cluster's droplets. */
  droplets: readonly AskedDroplet[];
  /** Names that the cluster's nodes have or are to have. */
  names: ReadonlySet<string>;
  /** Every droplet of the account; undefined where nobody asked for them. */
  account: readonly AccountDroplet[] | undefined;
}

/**
 * Those that are proven dead: a droplet of the cluster has the entry's address, and its engine says that it is another node; or the
 * entry has the name of one of the cluster's nodes, and no droplet of the account has its address. All others may be members that
 * are none of belt's.
 */
export const staleEntries = ({ entries, droplets, names, account }: Unclaimed): KnownMember[] =>
  entries.filter(({ address, hostname }) => {
    const own = droplets.filter(({ privateAddress }) => privateAddress === address);
    if (own.length > 0) return own.every(({ answered }) => answered);
    if (!names.has(hostname) || account === undefined) return false;
    return account.every(
      ({ name, privateAddress }) => privateAddress !== address && !(name === hostname && privateAddress === undefined),
    );
  });

/** Whether only the account's droplets tell whether some of the entries are dead. */
export const needsAccount = ({ entries, droplets, names }: Omit<Unclaimed, 'account'>): boolean =>
  entries.some(
    ({ address, hostname }) =>
      names.has(hostname) && droplets.every(({ privateAddress }) => privateAddress !== address),
  );
