// What is known of a cluster's droplets and of their swarm's entries.
import type { Availability, Role } from '../config/cluster/types.ts';

/** A droplet of the cluster, as far as a plan goes. */
export interface KnownDroplet {
  id: number;
  name: string;
  size: string;
  region: string;
  image?: string | undefined;
  /** DigitalOcean's word: `active`, `off` … */
  status?: string | undefined;
  privateAddress?: string | undefined;
  /** False for one that carries the cluster's tag and that belt did not make. */
  belts?: boolean | undefined;
}

/** A node as the swarm lists it. */
export interface KnownMember {
  id: string;
  hostname: string;
  role: Role;
  availability: Availability;
  /** `ready`, `down` … */
  state: string;
  address: string;
  /** Of a manager: whether the others reach it. */
  reachability?: string | undefined;
  labels: Readonly<Record<string, string>>;
  engine?: { version: string; labels: Readonly<Record<string, string>> };
}

/**
 * Where a droplet stands, by what its own engine says: in the cluster's swarm; in none (`out`); one whose entry was removed
 * (`expelled`); in another swarm (`foreign`); locked since it restarted; or nobody knows, as it does not answer (`silent`), its host key
 * is not known here (`untrusted`), or it is powered off.
 */
export type Where = 'in' | 'out' | 'expelled' | 'foreign' | 'locked' | 'silent' | 'untrusted' | 'off';

/** What a droplet is in the swarm. */
export interface Standing {
  where: Where;
  /** Its entry; of one that cannot be asked, the entry with its address. */
  member?: KnownMember | undefined;
  /** Why it does not answer. */
  why?: string | undefined;
  /** Others whose engines say that they are the same entry. */
  clones?: readonly string[] | undefined;
}
