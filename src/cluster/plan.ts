// What has to happen so that a cluster is as its spec says: a value, worked out from what is there. Pure.
import type { Availability, ClusterSpec, NodeGroup } from '../config/cluster/types.ts';
import {
  clonesTrouble,
  type Drift,
  driftOf,
  extraDrift,
  strayTrouble,
  type Trouble,
  troubleOf,
} from './differences.ts';
import type { KnownDroplet, KnownMember, Standing, Where } from './known.ts';

export interface Actual {
  droplets: readonly KnownDroplet[];
  /** By droplet id. One that is not here is in no swarm. */
  standings: ReadonlyMap<number, Standing>;
  /** `none`: no node is in a swarm. `unknown`: nobody could be asked. */
  swarm: { autolock?: boolean | undefined } | 'none' | 'unknown';
  /** Entries whose droplets are gone or are other nodes by now, as was proven. */
  stale?: readonly KnownMember[];
  /** Ids of droplets that lost the cluster's tag, by name: they must not be made a second time. */
  strays?: ReadonlyMap<string, number>;
}

export interface PlanOptions {
  /** Takes nodes out of foreign swarms. */
  force?: boolean | undefined;
  /** What stands before commands in hints, where they would be about another cluster: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
  /** The tag of the cluster's droplets. */
  tag?: string | undefined;
}

/** What becomes of a node's membership. */
export type SwarmChange = 'init' | 'join' | 'promote' | 'demote';

export interface NodePlan {
  name: string;
  group: NodeGroup;
  /** The droplet that there is; without one it is created. */
  droplet: KnownDroplet | undefined;
  member: KnownMember | undefined;
  /** Whether a droplet is to be created. */
  create: boolean;
  /** Whether it leaves the swarm that it is in first. */
  leave: boolean;
  swarm: SwarmChange | undefined;
  /** Whether it is locked since it restarted, and is to be opened. */
  unlock: boolean;
  /** Labels to set: belt adds and changes them, and leaves others alone. */
  labels: Readonly<Record<string, string>>;
  availability: Availability | undefined;
  /** Why it is not as the file says, though `up` does nothing about it. */
  trouble: Trouble | undefined;
  /** What differs from the file and only a new droplet would mend. */
  drift: Drift[];
  /** Why nobody can tell what it is in the swarm, in a few words; undefined where that is known. */
  unknown: string | undefined;
}

export interface ClusterPlan {
  nodes: NodePlan[];
  /** Droplets of the cluster that the file does not name: they are removed with `--prune` alone. */
  extra: (KnownDroplet & { drift: Drift })[];
  /** Entries of the swarm to be removed. */
  stale: readonly KnownMember[];
  /** What the autolock of the swarm that there is becomes; undefined where it stays. */
  autolock: boolean | undefined;
}

/** Compares. The first manager that there is, or is to be, starts a swarm where there is none. */
export function planCluster(spec: ClusterSpec, actual: Actual, options: PlanOptions = {}): ClusterPlan {
  const { prefix = '' } = options;
  const wanted = spec.groups.flatMap((group) => group.names.map((name) => ({ name, group })));
  const names = new Set(wanted.map(({ name }) => name));
  const droplets = new Map(actual.droplets.map((droplet) => [droplet.name, droplet]));
  const founder = actual.swarm === 'none' ? founderOf(spec, actual, droplets) : undefined;
  const nodes = wanted.map(({ name, group }): NodePlan => {
    const droplet = droplets.get(name);
    const founds = name === founder;
    if (droplet === undefined) return missing(name, group, { ...options, founds, stray: actual.strays?.get(name) });
    return present(spec, droplet, group, actual, { ...options, founds });
  });
  return {
    nodes,
    extra: actual.droplets
      .filter(({ name }) => !names.has(name))
      .map((droplet) => ({ ...droplet, drift: extraDrift(droplet, prefix) })),
    stale: actual.stale ?? [],
    autolock: lockChange(spec, actual),
  };
}

/** Whether `up` has nothing to do about a node. */
export const isSettled = ({ create, leave, swarm, unlock, labels, availability }: NodePlan): boolean =>
  !create && !leave && swarm === undefined && !unlock && Object.keys(labels).length === 0 && availability === undefined;

/** Whether a node is as the file says. */
export const isRight = (node: NodePlan): boolean =>
  isSettled(node) && node.unknown === undefined && node.trouble === undefined && node.drift.length === 0;

/** The names of the managers in a spec. */
export const managersOf = ({ groups }: Pick<ClusterSpec, 'groups'>): string[] =>
  groups.filter(({ role }) => role === 'manager').flatMap(({ names }) => names);

/** The first manager that can start a swarm now, else the first that is to be created. */
function founderOf(
  { groups }: ClusterSpec,
  { standings, strays }: Actual,
  droplets: ReadonlyMap<string, KnownDroplet>,
): string | undefined {
  const managers = managersOf({ groups }).filter((name) => !strays?.has(name));
  const able = ({ id, status }: KnownDroplet) => status !== 'off' && (standings.get(id)?.where ?? 'out') === 'out';
  return (
    managers.find((name) => droplets.has(name) && able(droplets.get(name)!)) ??
    managers.find((name) => !droplets.has(name))
  );
}

function missing(
  name: string,
  group: NodeGroup,
  { founds, stray, tag = '', prefix = '' }: PlanOptions & { founds: boolean; stray: number | undefined },
): NodePlan {
  const blocked = stray !== undefined;
  return {
    name,
    group,
    droplet: undefined,
    member: undefined,
    create: !blocked,
    leave: false,
    swarm: blocked ? undefined : founds ? 'init' : 'join',
    unlock: false,
    labels: blocked ? {} : group.labels,
    availability: blocked ? undefined : availabilityChange(group, undefined),
    trouble: blocked ? strayTrouble(name, stray, tag, prefix) : undefined,
    drift: [],
    unknown: undefined,
  };
}

function present(
  spec: ClusterSpec,
  droplet: KnownDroplet,
  group: NodeGroup,
  { standings, swarm }: Actual,
  { founds, force = false, prefix = '' }: PlanOptions & { founds: boolean },
): NodePlan {
  const standing: Standing = standings.get(droplet.id) ?? { where: 'out' };
  const { where, member, clones = [] } = standing;
  const unknown = swarm === 'unknown';
  const cloned = clones.length > 0;
  const leave = !cloned && (where === 'expelled' || (where === 'foreign' && force));
  // One that does not answer may still be booting: it is waited for, and joins.
  const joins = leave || where === 'out' || (where === 'silent' && member === undefined);
  const enters = joins && !unknown && !cloned;
  const reached = member !== undefined && !cloned;
  const change = enters ? (founds ? 'init' : 'join') : reached ? roleChange(group, member) : undefined;
  const told = cloned
    ? clonesTrouble(droplet.name, clones, prefix)
    : troubleOf(droplet.name, standing, { force, prefix });
  return {
    name: droplet.name,
    group,
    droplet,
    member,
    create: false,
    leave,
    swarm: change,
    unlock: where === 'locked',
    labels: enters || reached ? labelChanges(group, member) : {},
    availability: enters || reached ? availabilityChange(group, member) : undefined,
    trouble: enters || unknown ? undefined : told,
    drift: driftOf(spec, group, droplet, { member, prefix }),
    unknown: unknown || (enters && where === 'silent') ? UNKNOWN[where] : undefined,
  };
}

const UNKNOWN: Readonly<Record<Where, string>> = {
  in: 'swarm not known',
  out: 'swarm not known',
  expelled: 'swarm not known',
  foreign: 'swarm not known',
  locked: 'locked',
  silent: 'not ready yet',
  untrusted: 'host key not known',
  off: 'powered off',
};

function roleChange(group: NodeGroup, member: KnownMember): SwarmChange | undefined {
  if (member.role === group.role) return undefined;
  return group.role === 'manager' ? 'promote' : 'demote';
}

function labelChanges({ labels }: NodeGroup, member: KnownMember | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key, value]) => member?.labels[key] !== value));
}

function lockChange({ swarm: wanted }: ClusterSpec, { swarm }: Actual): boolean | undefined {
  if (typeof swarm === 'string' || swarm.autolock === undefined) return undefined;
  return wanted.autolock === swarm.autolock ? undefined : wanted.autolock;
}

function availabilityChange({ availability }: NodeGroup, member: KnownMember | undefined): Availability | undefined {
  const now = member?.availability ?? 'active';
  return now === availability ? undefined : availability;
}
