// Finds swarm entries whose droplets are gone, and droplets of the cluster that lost its tag. Pure.
import type { KnownMember } from './known.ts';

/** A droplet of the account. */
export interface AccountDroplet {
  id: number;
  name: string;
  privateAddress?: string | undefined;
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
 * Those that are proven dead: a droplet of the cluster has the entry's address, and its engine reports another node; or the
 * entry has the name of one of the cluster's nodes, and no droplet of the account has its address. All others may be members that
 * belt does not manage.
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

/** Whether the account's droplets are needed to tell whether some of the entries are dead. */
export const needsAccount = ({ entries, droplets, names }: Omit<Unclaimed, 'account'>): boolean =>
  entries.some(
    ({ address, hostname }) =>
      names.has(hostname) && droplets.every(({ privateAddress }) => privateAddress !== address),
  );
