// Where a container has what it needs: the one that it replaces, and its named volumes.
import type { Census } from './census.ts';
import { nameOf } from './find.ts';
import type { ApiNode } from './node.ts';
import { isReplaced, type Wish } from './place/wish.ts';
import { Refusal } from './refusal.ts';
import type { Summary, Volume } from './types.ts';

/** The first API version that counts volumes alone; from 1.52 on answers have another form. */
const WITH_SIZES = '1.42';

/** A container that is being created on a node. */
interface Coming {
  node: string;
  wish?: Wish;
}

/** The names of the nodes that have a volume; undefined for one that is the same on all. */
export type Homes = string[] | undefined;

/** The nodes that have each of the volumes. */
export const homesOf = (volumes: readonly string[], census: Census, underWay: readonly Coming[]): Promise<Homes[]> =>
  Promise.all(volumes.map((volume) => homeOf(volume, census, underWay)));

/** For each thing that the container needs, the nodes that have it. @throws Refusal where the node of the one that it replaces is silent */
export function nearTo(
  wish: Wish,
  census: Census,
  { homes, underWay }: { homes: readonly Homes[]; underWay: readonly Coming[] },
): string[][] {
  return [
    nodeOfReplaced(wish, census),
    ...wish.volumes.map((volume, index) => {
      const users = usersOf(volume, census, underWay);
      return homes[index] && users.length === 1 ? users : homes[index];
    }),
  ].filter((names) => names !== undefined);
}

/** Where the container is that this one comes in place of. @throws Refusal where that node is silent */
function nodeOfReplaced(wish: Wish, census: Census): string[] | undefined {
  for (const [name, list] of census.lists) {
    const other = list.find(({ Id, Labels }) => isReplaced(wish, { id: Id, labels: Labels ?? {} }));
    if (other === undefined) continue;
    const { silence } = census.node(name)!;
    if (silence === undefined) return [name];
    throw new Refusal(500, `it replaces ${name}/${nameOf(other)}, and ${name} does not answer: ${silence}`);
  }
  return undefined;
}

/** The nodes whose containers have the volume, or are about to. */
function usersOf(volume: string, census: Census, underWay: readonly Coming[]): string[] {
  const has = ({ Mounts }: Summary) => (Mounts ?? []).some(({ Type, Name }) => Type === 'volume' && Name === volume);
  const there = [...census.lists].filter(([, list]) => list.some(has)).map(([name]) => name);
  const coming = underWay.filter(({ wish }) => wish?.volumes.includes(volume)).map(({ node }) => node);
  return [...new Set([...there, ...coming])];
}

/**
 * The nodes that have the volume; where several do, as every volume that is created over all of them, and no container says which
 * of them is used, those where anything is in it. None where all are alike, undefined for a volume that is the same on all.
 */
async function homeOf(volume: string, census: Census, underWay: readonly Coming[]): Promise<Homes> {
  const { answering } = census;
  const looks = await Promise.all(
    answering.map(async (node) => {
      const answer = await node.ask({ path: `/volumes/${encodeURIComponent(volume)}` }).catch(() => undefined);
      return answer?.status === 200 ? [{ node, volume: answer.body as Volume }] : [];
    }),
  );
  const found = looks.flat();
  if (found.some((one) => one.volume.Scope === 'global')) return undefined;
  const having = found.map(({ node }) => node);
  const isUsed = usersOf(volume, census, underWay).length > 0;
  const filled = having.length > 1 && !isUsed ? await filledAmong(having, volume) : [];
  const homes = filled.length > 0 ? filled : having;
  return homes.length < answering.length ? homes.map(({ name }) => name) : [];
}

async function filledAmong(nodes: readonly ApiNode[], volume: string): Promise<ApiNode[]> {
  const sizes = await Promise.all(
    nodes.map(async (node) => {
      const answer = await node.ask({ path: '/system/df?type=volume', version: WITH_SIZES }).catch(() => undefined);
      const { Volumes } = (answer?.status === 200 ? answer.body : {}) as { Volumes?: Volume[] | null };
      return (Volumes ?? []).find(({ Name }) => Name === volume)?.UsageData?.Size ?? 0;
    }),
  );
  return nodes.filter((_, index) => sizes[index]! > 0);
}
