// What belt last saw of the droplets' places in swarms: a cache, so that a list can show them without asking a node.
import type { Role, SwarmNode } from '../model/swarm-node.ts';
import type { State } from './state.ts';

/** A droplet's place in a swarm, when a node of it was last asked. */
export interface SeenMember {
  role: Role;
  leader: boolean;
  /** `ready`, `down` … */
  state: string;
  /** ms since the epoch. */
  at: number;
}

/** A droplet and its place; undefined where its engine said that it is in no swarm. */
export interface Sighting {
  id: number;
  member: Pick<SwarmNode, 'role' | 'leader' | 'state'> | undefined;
}

/** A node that just entered; the first one leads. */
export const entered = (id: number, role: Role, { leads = false }: { leads?: boolean } = {}): Sighting => ({
  id,
  member: { role, leader: leads, state: 'ready' },
});

const FILE = 'swarm-seen.json';
/** Droplets come and go; the newest entries are kept. */
const MOST_KEPT = 2_000;

/** By the droplet's id. What cannot be read counts as not seen. */
export function seenMembers(state: State): ReadonlyMap<number, SeenMember> {
  try {
    return readMembers(state.readJson(FILE));
  } catch {
    return new Map();
  }
}

/** Saves them; does not fail if the folder cannot be written to. `now`: ms since the epoch. */
export function rememberSightings(state: State, sightings: readonly Sighting[], now: number): void {
  if (sightings.length === 0) return;
  try {
    state.updateJson(FILE, (kept) => {
      const members = readMembers(kept);
      for (const { id, member } of sightings) {
        // Deleted first: the newest stand last.
        members.delete(id);
        if (member) members.set(id, { role: member.role, leader: member.leader, state: member.state, at: now });
      }
      return [...members].slice(-MOST_KEPT);
    });
  } catch {
    // A list shows less.
  }
}

function readMembers(kept: unknown): Map<number, SeenMember> {
  return new Map(Array.isArray(kept) ? kept.filter(isEntry) : []);
}

function isEntry(value: unknown): value is [number, SeenMember] {
  if (!Array.isArray(value) || value.length !== 2 || !Number.isSafeInteger(value[0])) return false;
  const { role, leader, state, at } = (value[1] ?? {}) as Partial<Record<keyof SeenMember, unknown>>;
  const isRole = role === 'manager' || role === 'worker';
  return isRole && typeof leader === 'boolean' && typeof state === 'string' && Number.isFinite(at);
}
