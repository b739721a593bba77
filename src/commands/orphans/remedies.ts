// What to do about orphans, the way that keeps them first: what waiting, power or another word repairs is not to be deleted. Pure.
import { clusterTag } from '../../cloud/tags.ts';
import { compact } from '../../patterns/index.ts';
import { quoteWord } from '../../quote.ts';
import { holds, quorumWithout } from '../../swarm/quorum.ts';

export interface Stray {
  id: number;
  name: string;
  status: string;
  /** The id of the droplet of its name in its cluster that most likely works, where it is another. */
  twin?: number | undefined;
}

/** What is known of the cluster of some orphans. */
export interface Whereabouts {
  /** Undefined for droplets of none. */
  cluster: string | undefined;
  /** Commands here know the cluster. */
  known: boolean;
  described: boolean;
  /** What stands before a command that is about it: `BELT_CLUSTER=shop `, or nothing. */
  about: string;
  /** Of its description; undefined where the roles are not known. */
  managers: readonly string[] | undefined;
  /** Those of its managers whose droplets are powered on. */
  running: readonly string[];
  /** The ids of those that are only missing from the swarm. */
  outside: ReadonlySet<number>;
}

/** The commands that finish, keep or remove, a line for those that take the same. */
export function remedies(strays: readonly Stray[], where: Whereabouts): string[] {
  const { cluster } = where;
  if (cluster === undefined) {
    const tagging = `${clusterTag('NAME')}, in the control panel`;
    return [`not in a cluster: keep: put a cluster's tag back: ${tagging} · remove: belt rm --any ${idsOf(strays)}`];
  }
  if (!where.known) {
    return [`${cluster}: keep: belt cluster import ${cluster} · remove: belt cluster rm ${cluster}`];
  }
  const doubles = strays.filter(({ twin }) => twin !== undefined);
  const single = strays.filter(({ twin }) => twin === undefined);
  const off = single.filter(isOff);
  const on = single.filter((stray) => !isOff(stray));
  const outside = on.filter(({ id }) => where.outside.has(id) && !where.described);
  const others = on.filter((stray) => !outside.includes(stray));
  const dead = off.filter(({ name }) => where.running.length === 0 && where.managers?.includes(name));
  return [
    ...(doubles.length > 0 ? [`${cluster}: ${namesOf(doubles)}: ${choosing(doubles, where)}`] : []),
    ...(dead.length > 0
      ? [`${cluster}: ${namesOf(dead)}: the only managers are off: power them on, in the control panel`]
      : []),
    ...off.filter((stray) => !dead.includes(stray)).map((stray) => powerOn(stray, where)),
    ...(outside.length > 0 ? [`${cluster}: ${joining(outside, where)}`] : []),
    ...(others.length > 0 ? [`${cluster}: ${finishing(others, where)}`] : []),
  ];
}

const isOff = ({ status }: Stray): boolean => status === 'off' || status === 'archive';
const idsOf = (strays: readonly Stray[]): string => strays.map(({ id }) => id).join(' ');
const namesOf = (strays: readonly Stray[]): string => compact(strays.map(({ name }) => name));

function powerOn({ id, name }: Stray, where: Whereabouts): string {
  const { cluster, about } = where;
  const cost = costOf(name, where);
  const remove = cost === undefined ? '' : ` · remove, if it is not to come back${cost}: ${about}belt rm ${id}`;
  return `${cluster}: ${name}: power it on in the control panel${remove}`;
}

/** What its removal costs the swarm, in brackets; undefined where that is the quorum, by the managers that run now. */
function costOf(name: string, { managers, running }: Whereabouts): string | undefined {
  if (managers === undefined) return ' (if it is a manager, its swarm loses it)';
  if (!managers.includes(name)) return '';
  const voters = managers.map((id) => ({
    id,
    role: 'manager' as const,
    reachability: running.includes(id) ? 'reachable' : 'unreachable',
  }));
  const left = quorumWithout(voters, new Set([name]));
  if (!holds(left)) return undefined;
  return ` (it is a manager: ${left.managers} of ${managers.length} ${left.managers === 1 ? 'remains' : 'remain'}, ${left.reachable} of them running)`;
}

const choosing = (doubles: readonly Stray[], { about }: Whereabouts): string =>
  `see which of one name is in use: ${about}belt ls · remove the other, most likely: ${about}belt rm ${idsOf(doubles)}`;

const joining = (strays: readonly Stray[], { about }: Whereabouts): string =>
  `join: ${about}belt swarm join MANAGER ${quoteWord(namesOf(strays))} · remove: ${about}belt rm ${idsOf(strays)}`;

function finishing(strays: readonly Stray[], { cluster, described, about }: Whereabouts): string {
  const finish = described
    ? `belt cluster provision ${cluster}`
    : `${about}belt create SIZE ${quoteWord(namesOf(strays))} --missing`;
  return `finish: ${finish} · remove: ${about}belt rm ${idsOf(strays)}`;
}
