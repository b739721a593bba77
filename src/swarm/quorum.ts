// How many managers a swarm can do without (https://docs.docker.com/engine/swarm/raft/). Pure.

/** A manager or worker, as a manager lists it. */
export interface Voter {
  id: string;
  role: 'manager' | 'worker';
  reachability?: string | undefined;
}

export interface Quorum {
  /** Managers that are left. */
  managers: number;
  /** How many of them can be reached. */
  reachable: number;
  /** How many of them have to be reachable so that the swarm can decide anything. */
  needed: number;
}

/** Whether it has a vote: one that is being demoted has it until the swarm let it go. */
export const isVoter = ({ role, reachability }: Voter): boolean => role === 'manager' || reachability !== undefined;

/** The quorum once the managers with these ids are managers no more. */
export function quorumWithout(members: readonly Voter[], gone: ReadonlySet<string>): Quorum {
  const left = members.filter((member) => isVoter(member) && !gone.has(member.id));
  const reachable = left.filter(({ reachability }) => reachability === 'reachable').length;
  return { managers: left.length, reachable, needed: Math.floor(left.length / 2) + 1 };
}

/**
 * Whether the swarm can do without all of these: a single manager may go where the others can still decide. Of several at once, those
 * that stay and can be reached have to be a majority of the managers that there are now, so that the swarm would survive even if
 * they vanished in one moment.
 */
export function survives(members: readonly Voter[], gone: ReadonlySet<string>): boolean {
  const quorum = quorumWithout(members, gone);
  const voters = members.filter(isVoter);
  const going = voters.filter(({ id }) => gone.has(id)).length;
  return holds(quorum) && (going <= 1 || quorum.reachable * 2 > voters.length);
}

/** Whether the swarm could still decide. */
export const holds = ({ reachable, needed }: Quorum): boolean => reachable >= needed;
