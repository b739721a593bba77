// What is known about a cluster's droplets and their swarm entries.
import type { SwarmNode } from '../model/swarm-node.ts';

/** What a plan needs to know about a droplet. */
export interface KnownDroplet {
  id: number;
  name: string;
  size: string;
  region: string;
  image?: string | undefined;
  /** DigitalOcean's status: `active`, `off` … */
  status?: string | undefined;
  publicAddress?: string | undefined;
  privateAddress?: string | undefined;
  /** False for one that has the cluster's tag but was not created by belt. */
  belts?: boolean | undefined;
}

/** What a plan needs to know about a swarm entry. */
export interface KnownMember
  extends Omit<SwarmNode, 'leader' | 'engine' | 'reachability'>,
    Partial<Pick<SwarmNode, 'engine' | 'reachability'>> {}

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
  /** That is no fault of its own: the way to it is at fault, by the jump host that the settings name. */
  jump?: { hint: string | undefined } | undefined;
  /** Other nodes whose engines claim the same entry. */
  clones?: readonly string[] | undefined;
}
