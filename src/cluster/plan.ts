// Plans how to make a cluster match its spec, from its observed state. Pure.
import type { ClusterSpec, NodeGroup } from '../config/cluster/types.ts';
import type { Availability } from '../model/swarm-node.ts';
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
  /** By droplet id. One that is missing here is not in a swarm. */
  standings: ReadonlyMap<number, Standing>;
  /** `none`: no node is in a swarm. `unknown`: no node could be queried. */
  swarm: { autolock?: boolean | undefined } | 'none' | 'unknown';
  /** Entries whose droplets are proven to be gone or to be other nodes by now. */
  stale?: readonly KnownMember[];
  /** Ids of droplets that lost the cluster's tag, by name: they must not be created a second time. */
  strays?: ReadonlyMap<string, number>;
}

export interface ComparisonOptions {
  /** Removes nodes from other swarms. */
  force?: boolean | undefined;
  /** Prefix of commands in hints when they would act on another cluster: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
  /** The tag of the cluster's droplets. */
  tag?: string | undefined;
}

/** How a node's membership changes. */
export type SwarmChange = 'init' | 'join' | 'promote' | 'demote';

export interface NodePlan {
  name: string;
  group: NodeGroup;
  /** The existing droplet; without one it is created. */
  droplet: KnownDroplet | undefined;
  member: KnownMember | undefined;
  /** Whether a droplet is to be created. */
  create: boolean;
  /** Whether it first leaves the swarm that it is in. */
  leave: boolean;
  swarm: SwarmChange | undefined;
  /** Whether it has been locked since it restarted and will be unlocked. */
  unlock: boolean;
  /** Labels to add or change; others are left alone. */
  labels: Readonly<Record<string, string>>;
  availability: Availability | undefined;
  /** Why it does not match the file, though `up` does nothing about it. */
  trouble: Trouble | undefined;
  /** Differences from the file that only recreating it would fix. */
  drift: Drift[];
  /** Why its membership is unknown, in a few words; undefined where it is known. */
  unknown: string | undefined;
}

export interface ClusterPlan {
  nodes: NodePlan[];
  /** Droplets of the cluster that the file does not name: only `--prune` removes them. */
  extra: (KnownDroplet & { drift: Drift })[];
  /** Entries of the swarm to be removed. */
  stale: readonly KnownMember[];
  /** The new autolock setting of the existing swarm; undefined where it stays. */
  autolock: boolean | undefined;
}

/** Compares the spec with the observed state. Where there is no swarm, the first manager, existing or new, starts one. */
export function planCluster(spec: ClusterSpec, actual: Actual, options: ComparisonOptions = {}): ClusterPlan {
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

/** Whether `up` has nothing to do for a node. */
export const isSettled = ({ create, leave, swarm, unlock, labels, availability }: NodePlan): boolean =>
  !create && !leave && swarm === undefined && !unlock && Object.keys(labels).length === 0 && availability === undefined;

/** Whether a node matches the file. */
export const isRight = (node: NodePlan): boolean =>
  isSettled(node) && node.unknown === undefined && node.trouble === undefined && node.drift.length === 0;

/** The names of the nodes in a spec, in its order. */
export const nodeNames = ({ groups }: Pick<ClusterSpec, 'groups'>): string[] => groups.flatMap(({ names }) => names);

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
  { founds, stray, tag = '', prefix = '' }: ComparisonOptions & { founds: boolean; stray: number | undefined },
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
  { founds, force = false, prefix = '' }: ComparisonOptions & { founds: boolean },
): NodePlan {
  const standing: Standing = standings.get(droplet.id) ?? { where: 'out' };
  const { where, member, clones = [] } = standing;
  const unknown = swarm === 'unknown';
  const cloned = clones.length > 0;
  const leave = !cloned && (where === 'expelled' || (where === 'foreign' && force));
  // One that does not answer may still be booting: wait for it, then join it.
  const joins = leave || where === 'out' || (where === 'silent' && member === undefined);
  const enters = joins && !unknown && !cloned;
  const reached = member !== undefined && !cloned;
  const change = enters ? (founds ? 'init' : 'join') : reached ? roleChange(group, member) : undefined;
  const trouble = cloned
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
    trouble: enters || unknown ? undefined : trouble,
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
