// What has to happen so that a cluster is as its spec says: a value, worked out from what is there. Pure.
import type { Availability, ClusterSpec, EngineSpec, NodeGroup, Role } from '../config/cluster/types.ts';

/** A droplet of the cluster, as far as a plan goes. */
export interface KnownDroplet {
  id: number;
  name: string;
  size: string;
  region: string;
  privateAddress?: string | undefined;
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
  labels: Readonly<Record<string, string>>;
  engine?: { version: string; labels: Readonly<Record<string, string>> };
}

export interface Actual {
  droplets: readonly KnownDroplet[];
  /** Undefined when no node of the cluster is in a swarm. */
  members: readonly KnownMember[] | undefined;
  /** Whether the swarm's managers lock themselves when they restart; undefined where nobody said. */
  autolock?: boolean | undefined;
  /** Ids of the droplets that are locked since they restarted. */
  locked?: ReadonlySet<number>;
}

/** What becomes of a node's membership. */
export type SwarmChange = 'init' | 'join' | 'promote' | 'demote';

export interface NodePlan {
  name: string;
  group: NodeGroup;
  /** The droplet that there is; without one it is made. */
  droplet: KnownDroplet | undefined;
  member: KnownMember | undefined;
  swarm: SwarmChange | undefined;
  /** Whether it is locked since it restarted, and is to be opened. */
  unlock: boolean;
  /** Labels to set: belt adds and changes them, and leaves others alone. */
  labels: Readonly<Record<string, string>>;
  availability: Availability | undefined;
  /** What differs and is left as it is. */
  differs: string[];
}

export interface ClusterPlan {
  nodes: NodePlan[];
  /** Droplets of the cluster that the file does not name: they go with `--prune` alone. */
  extra: KnownDroplet[];
  /** Entries of the swarm that stand for droplets that are gone. */
  stale: KnownMember[];
  /** What the standing swarm's autolock becomes; undefined where it stays. */
  autolock: boolean | undefined;
}

/** Compares. The first manager that there is, or is to be, starts a swarm where there is none. */
export function planCluster(spec: ClusterSpec, actual: Actual): ClusterPlan {
  const wanted = spec.groups.flatMap((group) => group.names.map((name) => ({ name, group })));
  const names = new Set(wanted.map(({ name }) => name));
  const droplets = new Map(actual.droplets.map((droplet) => [droplet.name, droplet]));
  const members = actual.members ?? [];
  const entries = new Map(actual.droplets.map((droplet) => [droplet.id, memberOf(droplet, members)]));
  const founder = actual.members === undefined ? founderOf(spec, droplets) : undefined;
  const nodes = wanted.map(({ name, group }): NodePlan => {
    const droplet = droplets.get(name);
    const member = droplet && entries.get(droplet.id);
    const locked = droplet !== undefined && actual.locked?.has(droplet.id) === true;
    return {
      name,
      group,
      droplet,
      member,
      swarm: swarmChange(name === founder, group, member),
      unlock: locked,
      labels: labelChanges(group, member),
      availability: availabilityChange(group, member),
      differs: droplet === undefined ? [] : differences(group, droplet, { member, locked, engine: spec.engine }),
    };
  });
  const live = new Set([...entries.values()].flatMap((member) => member?.id ?? []));
  return {
    nodes,
    extra: actual.droplets.filter(({ name }) => !names.has(name)),
    // The swarm takes a while to see that a node is down.
    stale: members.filter(({ id, state, hostname }) => !live.has(id) && (state === 'down' || names.has(hostname))),
    autolock: lockChange(spec, actual),
  };
}

/** Whether a node needs anything at all. */
export const isRight = ({ droplet, swarm, unlock, labels, availability }: NodePlan): boolean =>
  droplet !== undefined &&
  swarm === undefined &&
  !unlock &&
  Object.keys(labels).length === 0 &&
  availability === undefined;

/** The names of the managers in a spec. */
export const managersOf = ({ groups }: Pick<ClusterSpec, 'groups'>): string[] =>
  groups.filter(({ role }) => role === 'manager').flatMap(({ names }) => names);

function founderOf({ groups }: ClusterSpec, droplets: ReadonlyMap<string, KnownDroplet>): string | undefined {
  const managers = managersOf({ groups });
  return managers.find((name) => droplets.has(name)) ?? managers[0];
}

/** The entry of a droplet: by its address, since a name may have been another droplet's before. */
export function memberOf<M extends KnownMember>(
  droplet: Pick<KnownDroplet, 'privateAddress'>,
  members: readonly M[],
): M | undefined {
  const own = members.filter(({ address }) => address === droplet.privateAddress);
  // A node that left and joined again leaves an entry behind that is down.
  return own.find(({ state }) => state === 'ready') ?? own[0];
}

function swarmChange(founds: boolean, group: NodeGroup, member: KnownMember | undefined): SwarmChange | undefined {
  if (founds) return 'init';
  if (member === undefined) return 'join';
  if (member.role === group.role) return undefined;
  return group.role === 'manager' ? 'promote' : 'demote';
}

function labelChanges({ labels }: NodeGroup, member: KnownMember | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key, value]) => member?.labels[key] !== value));
}

function lockChange({ swarm }: ClusterSpec, { members, autolock }: Actual): boolean | undefined {
  return members === undefined || autolock === undefined || swarm.autolock === autolock ? undefined : swarm.autolock;
}

function availabilityChange({ availability }: NodeGroup, member: KnownMember | undefined): Availability | undefined {
  const now = member?.availability ?? 'active';
  return now === availability ? undefined : availability;
}

interface Found {
  member: KnownMember | undefined;
  locked: boolean;
  /** As the file says it. */
  engine: EngineSpec | undefined;
}

function differences(group: NodeGroup, droplet: KnownDroplet, { member, locked, engine }: Found): string[] {
  return [
    ...(group.size !== undefined && group.size !== droplet.size
      ? [`its size is ${droplet.size}, and the file says ${group.size}`]
      : []),
    ...(group.region !== undefined && group.region !== droplet.region
      ? [`it is in ${droplet.region}, and the file says ${group.region}`]
      : []),
    ...(member !== undefined && member.state !== 'ready' && !locked ? [`it is ${member.state} in the swarm`] : []),
    ...(engine && member?.engine ? engineDifferences(engine, member.engine) : []),
  ];
}

/** What is changed under `engine:` holds for new droplets alone. */
function engineDifferences(wanted: EngineSpec, { version, labels }: NonNullable<KnownMember['engine']>): string[] {
  const lacking = Object.entries(wanted.labels).filter(([key, value]) => labels[key] !== value);
  const lacks = lacking.map(([key, value]) => `${key}=${value}`).join(', ');
  return [
    ...(wanted.version !== undefined && version !== '' && !isVersion(version, wanted.version)
      ? [`its engine is ${version}, and the file says ${wanted.version}; it is left as it is`]
      : []),
    ...(lacking.length > 0
      ? [`its engine lacks the ${lacking.length === 1 ? 'label' : 'labels'} ${lacks} of the file; it is left as it is`]
      : []),
  ];
}

/** Whether `28.2.2` is of `28`, `28.2` or `28.2.2`; Debian's own is called `20.10.24+dfsg1`. */
const isVersion = (version: string, wanted: string): boolean =>
  `${version.replace(/[+~-].*/, '')}.`.startsWith(`${wanted}.`);
