// Finds belt's droplets that appear to be forgotten. Pure.
import { clusterKey } from '../config/choices.ts';
import type { KnownDroplet } from './known.ts';

export interface Suspect extends KnownDroplet {
  status: string;
  /** As DigitalOcean writes it. */
  createdAt: string;
  cluster: string | undefined;
  /** The run that made it. */
  run: string | undefined;
  /** It was created here, and nobody has logged in to it since. */
  neverReached: boolean;
  /** The id of the droplet of its name in its cluster that most likely works, where it is another. */
  twin?: number | undefined;
}

export interface Knowledge {
  /** Keys (`clusterKey`) of clusters that are described here, in use here, or with droplets that were created here. */
  clusters: ReadonlySet<string>;
  /** Runs that were recorded here and have not ended. */
  unfinished: ReadonlySet<string>;
  /** Ids of droplets that are not in their cluster's swarm, as far as swarms were queried. */
  outside: ReadonlySet<number>;
  /** ms since the epoch. */
  now: number;
}

/** How long a droplet may be `new` before it counts as stuck: as long as belt waits for one to be ready. */
const BOOTS_WITHIN_MS = 600_000;

/** Why a droplet is an orphan, one short text per reason; empty for one that is not. */
export function orphanedBy(droplet: Suspect, { clusters, unfinished, outside, now }: Knowledge): string[] {
  const { id, cluster, run, status, createdAt, neverReached, twin } = droplet;
  const isUnfinished = run !== undefined && unfinished.has(run);
  return [
    ...(cluster === undefined ? ['not in a cluster'] : []),
    ...(cluster !== undefined && !clusters.has(clusterKey(cluster)) ? ['unknown cluster'] : []),
    ...(isUnfinished ? ['interrupted run'] : []),
    ...(neverReached && !isUnfinished ? ['never logged in to'] : []),
    ...(status === 'new' && now - Date.parse(createdAt) > BOOTS_WITHIN_MS ? ['still not active'] : []),
    ...(status === 'off' || status === 'archive' ? [`it is ${status}, and billed`] : []),
    ...(twin === undefined ? [] : [`same name as ${twin}`]),
    ...(outside.has(id) ? ['not in its cluster’s swarm'] : []),
  ];
}
