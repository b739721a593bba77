// How many managers a swarm can lose (https://docs.docker.com/engine/swarm/raft/). Pure.
import type { Role } from '../model/swarm-node.ts';

/** A manager or worker, as a manager lists it. */
export interface Voter {
  id: string;
  role: Role;
  reachability?: string | undefined;
  /** `ready`, `down` … */
  state?: string | undefined;
}

export interface Quorum {
  /** Managers that are left. */
  managers: number;
  /** How many of them can be reached. */
  reachable: number;
  /** How many of them must be reachable for the quorum. */
  needed: number;
}

/**
 * Whether it has a vote, or is about to get one. One that is being demoted keeps it until that is done; one that was promoted while
 * it was down has none before it is back (swarmkit, manager/controlapi/node.go: a member of raft alone can be demoted).
 */
export const isVoter = ({ role, reachability, state }: Voter): boolean =>
  reachability !== undefined || (role === 'manager' && state !== 'down');

/** The quorum without the managers with these ids. */
export function quorumWithout(members: readonly Voter[], gone: ReadonlySet<string>): Quorum {
  const left = members.filter((member) => isVoter(member) && !gone.has(member.id));
  const reachable = left.filter(({ reachability }) => reachability === 'reachable').length;
  return { managers: left.length, reachable, needed: Math.floor(left.length / 2) + 1 };
}

/**
 * Whether the swarm survives losing all of these: a single manager may go if the others keep the quorum. Of several at once, those
 * that stay and can be reached have to be a majority of the managers that there are now, so that the swarm would survive even if
 * they vanished in one moment.
 */
export function survives(members: readonly Voter[], gone: ReadonlySet<string>): boolean {
  const quorum = quorumWithout(members, gone);
  const voters = members.filter(isVoter);
  const going = voters.filter(({ id }) => gone.has(id)).length;
  return holds(quorum) && (going <= 1 || quorum.reachable * 2 > voters.length);
}

/** Whether the swarm would still have a quorum. */
export const holds = ({ reachable, needed }: Quorum): boolean => reachable >= needed;
