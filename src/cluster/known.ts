// What is known about a cluster's droplets and their swarm entries.
import type { Availability, Role } from '../config/cluster/types.ts';

/** What a plan needs to know about a droplet. */
export interface KnownDroplet {
  id: number;
  name: string;
  size: string;
  region: string;
  image?: string | undefined;
  /** DigitalOcean's status: `active`, `off` … */
  status?: string | undefined;
  privateAddress?: string | undefined;
  /** False for one that has the cluster's tag but was not created by belt. */
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
  /** Managers only: whether the others can reach it. */
  reachability?: string | undefined;
  labels: Readonly<Record<string, string>>;
  engine?: { version: string; labels: Readonly<Record<string, string>> };
}

/**
 * A droplet's membership as its own engine reports it: in the cluster's swarm; in none (`out`); its entry was removed
 * (`expelled`); in another swarm (`foreign`); locked since it restarted; or nobody knows, as it does not answer (`silent`), its host key
 * is not known here (`untrusted`), or it is powered off.
 */
export type Where = 'in' | 'out' | 'expelled' | 'foreign' | 'locked' | 'silent' | 'untrusted' | 'off';

/** A droplet's place in the swarm. */
export interface Standing {
  where: Where;
  /** Its entry; for a droplet that does not answer, the entry with its address. */
  member?: KnownMember | undefined;
  /** Why it does not answer. */
  why?: string | undefined;
  /** Other nodes whose engines claim the same entry. */
  clones?: readonly string[] | undefined;
}
