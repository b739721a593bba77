// What to do about orphans, the way that keeps them first: what waiting, power or another word repairs is not to be deleted. Pure.
import { clusterTag } from '../../cloud/tags.ts';
import { compact } from '../../patterns/index.ts';

export interface Stray {
  id: number;
  name: string;
  status: string;
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
  /** The ids of those that are only missing from the swarm. */
  outside: ReadonlySet<number>;
}

/** The commands that finish, keep or remove, a line for those that take the same. */
export function remedies(strays: readonly Stray[], where: Whereabouts): string[] {
  const { cluster } = where;
  if (cluster === undefined) {
    const tagging = `doctl compute droplet tag ID --tag-name ${clusterTag('NAME')}`;
    return [`of no cluster: keep: put a cluster's tag back: ${tagging} · remove: belt rm --any ${idsOf(strays)}`];
  }
  if (!where.known) {
    return [`${cluster}: keep: belt cluster import ${cluster} · remove: belt cluster rm ${cluster}`];
  }
  const off = strays.filter(isOff);
  const on = strays.filter((stray) => !isOff(stray));
  const outside = on.filter(({ id }) => where.outside.has(id) && !where.described);
  const others = on.filter((stray) => !outside.includes(stray));
  return [
    ...off.map((stray) => powerOn(stray, where)),
    ...(outside.length > 0 ? [`${cluster}: ${joining(outside, where)}`] : []),
    ...(others.length > 0 ? [`${cluster}: ${finishing(others, where)}`] : []),
  ];
}

const isOff = ({ status }: Stray): boolean => status === 'off' || status === 'archive';
const idsOf = (strays: readonly Stray[]): string => strays.map(({ id }) => id).join(' ');
const namesOf = (strays: readonly Stray[]): string => compact(strays.map(({ name }) => name));

function powerOn({ id, name }: Stray, { cluster, about, managers }: Whereabouts): string {
  const on = `power on: doctl compute droplet-action power-on ${id}, or in the control panel`;
  return `${cluster}: ${name}: ${on} · remove, if it is not to come back${costOf(name, managers)}: ${about}belt rm ${id}`;
}

function costOf(name: string, managers: readonly string[] | undefined): string {
  if (managers === undefined) return ' (a swarm whose manager it is loses that)';
  if (!managers.includes(name)) return '';
  const left = managers.length - 1;
  if (left === 0) return ' (it is the only manager: the swarm and its services go with it)';
  return ` (it is a manager: ${left} of ${managers.length} ${left === 1 ? 'remains' : 'remain'})`;
}

const joining = (strays: readonly Stray[], { about }: Whereabouts): string =>
  `join: ${about}belt swarm join MANAGER ${namesOf(strays)} · remove: ${about}belt rm ${idsOf(strays)}`;

function finishing(strays: readonly Stray[], { cluster, described, about }: Whereabouts): string {
  const finish = described
    ? `belt cluster provision ${cluster}`
    : `${about}belt create SIZE ${namesOf(strays)} --missing`;
  return `finish: ${finish} · remove: ${about}belt rm ${idsOf(strays)}`;
}
