// How a node differs from the file where `up` does not fix it: the difference, and the command that helps. Pure.
import type { ClusterSpec, EngineSpec, NodeGroup } from '../config/cluster/types.ts';
import type { KnownDroplet, KnownMember, Standing } from './known.ts';

/** Why a node is not working as described. */
export interface Trouble {
  /** Continues its name: `is powered off`. */
  text: string;
  /** The fix; it never suggests deleting what can be repaired otherwise. */
  hint: string;
  /** Whether it passes by itself within a minute, as after a restart or an election. */
  passing: boolean;
}

/** A difference from the file that does no harm. */
export interface Drift {
  /** Continues its name: `has the size s-1vcpu-1gb, but the file says s-1vcpu-2gb`. */
  text: string;
  /** The same in a few words, for a list: `differs in size`. */
  short: string;
  hint: string;
}

interface Words {
  prefix: string;
  force?: boolean | undefined;
}

/** What is wrong with a node by what its engine and its swarm say; undefined for one that works. */
export function troubleOf(name: string, standing: Standing, { prefix, force = false }: Words): Trouble | undefined {
  const { where, member, why } = standing;
  const recreate = `recreate it (its data is lost): ${prefix}belt up --replace ${name}`;
  const helps = (text: string, hint: string, passing = false): Trouble => ({ text, hint, passing });
  if (where === 'off') return helps('is powered off', `power it on in the control panel, or ${recreate}`);
  if (where === 'foreign' && !force) {
    return helps('is in another swarm', `move it to this one: ${prefix}belt up --force`);
  }
  if (where === 'untrusted' && member === undefined) {
    return helps('has a host key that is not known here', `${prefix}belt trust ${name}`);
  }
  if (where === 'locked') return undefined;
  if (member === undefined) return undefined;
  if (where === 'silent' && standing.jump) return unreached(member, standing);
  const { state, role, reachability } = member;
  if (state !== 'ready') {
    if (where === 'silent') {
      const cycle = 'power-cycle it in the control panel';
      return helps(
        `is ${state} in the swarm but does not answer (${why})`,
        `${cycle}, or ${recreate}`,
        state === 'unknown',
      );
    }
    return helps(`is ${state} in the swarm`, `see: ${prefix}belt --host ${name} docker info`, true);
  }
  if (role === 'manager' && reachability !== undefined && reachability !== 'reachable') {
    return helps(
      `is a manager that the others cannot reach (${reachability})`,
      `see: ${prefix}belt --host ${name} docker info`,
      true,
    );
  }
  if (where === 'silent') {
    return helps(`does not answer (${why})`, `power-cycle it in the control panel, or ${recreate}`, true);
  }
  return undefined;
}

/** Nothing is known against a node that nobody gets to: the same words for all behind one jump host, and none that cost the node. */
function unreached({ state }: KnownMember, { why, jump }: Standing): Trouble {
  const words = `cannot be reached (${why})`;
  return {
    text: state === 'ready' ? words : `is ${state} in the swarm and ${words}`,
    hint: jump?.hint ?? 'bring the jump host back, or have ssh_jump in .belt.yaml name another',
    passing: jump?.hint === undefined,
  };
}

/** When several nodes claim to be the same swarm entry, none of them counts as joined. */
export const clonesTrouble = (name: string, others: readonly string[], prefix: string): Trouble => ({
  text: `and ${others.join(', ')} claim to be the same node of the swarm`,
  hint: `one is a copy of the other's disk; make the copy leave the swarm, then run up again: ${prefix}belt --host ${name} docker swarm leave --force`,
  passing: false,
});

/** A droplet with the node's name that lost the cluster's tag: creating a second one would only cost money. */
export const strayTrouble = (name: string, id: number, tag: string, prefix: string): Trouble => ({
  text: `exists (droplet ${id}) without the tag ${tag}`,
  hint: `tag the droplet ${name} with belt and ${tag} in the control panel, then: ${prefix}belt up`,
  passing: false,
});

/** A droplet that the file does not name. */
export const extraDrift = ({ id, belts }: KnownDroplet, prefix: string): Drift => ({
  text: `is not in the file (droplet ${id})`,
  short: 'is not in the file',
  hint:
    belts === false
      ? "belt did not create it: remove the cluster's tag from it in the control panel"
      : `remove it: ${prefix}belt up --prune`,
});

/** Differences that only recreating the droplet would fix. */
export function driftOf(
  { engine }: Pick<ClusterSpec, 'engine'>,
  group: NodeGroup,
  droplet: KnownDroplet,
  { member, prefix }: { member: KnownMember | undefined; prefix: string },
): Drift[] {
  const hint = `recreate it (its data is lost): ${prefix}belt up --replace ${droplet.name}`;
  const differs = (what: string, text: string, way = hint): Drift => ({ text, short: `differs in ${what}`, hint: way });
  const says = (what: string, is: string | undefined, wanted: string | undefined, way?: string) =>
    wanted === undefined || is === undefined || wanted === is
      ? []
      : [differs(what, `has the ${what} ${is}, but the file says ${wanted}`, way)];
  return [
    ...says('size', droplet.size, group.size),
    // One alone cannot move: the nodes share a VPC, which is in one region.
    ...says(
      'region',
      droplet.region,
      group.region,
      `set region: ${droplet.region} again, or describe a second cluster`,
    ),
    ...addressDrift(group, droplet, differs),
    ...(comparable(droplet.image, group.image) ? says('image', droplet.image, group.image) : []),
    ...(engine && member?.engine ? engineDrift(engine, member.engine, differs) : []),
  ];
}

/** Whether a droplet has a public address is settled when it is created. */
function addressDrift(
  { public: wanted }: NodeGroup,
  { publicAddress, privateAddress }: KnownDroplet,
  differs: (what: string, text: string) => Drift,
): Drift[] {
  if (wanted === false && publicAddress !== undefined)
    return [differs('public address', 'has a public address, but the file says public: false')];
  if (wanted === true && publicAddress === undefined && privateAddress !== undefined)
    return [differs('public address', 'has no public address, but the file says public: true')];
  return [];
}

/** An image may be named by its slug or by its id: only names of one kind can be compared. */
const comparable = (one: string | undefined, other: string | undefined): boolean =>
  /^\d+$/.test(one ?? '') === /^\d+$/.test(other ?? '');

/** Changes under `engine:` only apply to new droplets. */
function engineDrift(
  wanted: EngineSpec,
  { version, labels }: NonNullable<KnownMember['engine']>,
  differs: (what: string, text: string) => Drift,
): Drift[] {
  const lacking = Object.entries(wanted.labels).filter(([key, value]) => labels[key] !== value);
  const lacks = lacking.map(([key, value]) => `${key}=${value}`).join(', ');
  return [
    ...(wanted.version !== undefined && version !== '' && !isVersion(version, wanted.version)
      ? [differs('engine version', `has the engine ${version}, but the file says ${wanted.version}`)]
      : []),
    ...(lacking.length > 0
      ? [differs('engine labels', `is missing the engine ${lacking.length === 1 ? 'label' : 'labels'} ${lacks}`)]
      : []),
  ];
}

/** Whether `28.2.2` matches `28`, `28.2` or `28.2.2`; Debian's own is called `20.10.24+dfsg1`. */
const isVersion = (version: string, wanted: string): boolean =>
  `${version.replace(/[+~-].*/, '')}.`.startsWith(`${wanted}.`);
