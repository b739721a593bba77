// `--filter since=` and `before=`: what was created after or before something that only one engine may know.
import type { ApiFleet } from '../fleet.ts';
import type { From } from '../merge/lists.ts';
import type { ApiNode } from '../node.ts';
import { messageIn, notFound, Refusal } from '../refusal.ts';

/** Names or ids of what the others are older or younger than. */
export interface AgeQuery {
  since: readonly string[];
  before: readonly string[];
}

/** In nanoseconds since the epoch. */
type Created = (word: string) => Promise<bigint>;

const NS_PER_S = 1_000_000_000n;

/** As in `2026-11-30T11:27:34.123456789Z`. */
export function nanoseconds(text: string): bigint {
  const [, seconds = '', fraction = '', zone = 'Z'] = /^([^.Z+]+?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return BigInt(Number.isNaN(ms) ? 0 : ms) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

async function createdAt(node: ApiNode, path: string): Promise<bigint> {
  const answer = await node.ask({ path });
  if (answer.status !== 200) throw new Refusal(answer.status, messageIn(answer));
  return nanoseconds(String((answer.body as { Created?: unknown }).Created ?? ''));
}

/** Those of the lists that are as old as the query says. @throws Refusal for one that there is not */
export async function ofAge<T extends { Id: string; Created: number }>(
  fleet: ApiFleet,
  lists: readonly From<T>[],
  { since, before }: AgeQuery,
  { created, pathOf }: { created: Created; pathOf: (id: string) => string },
): Promise<From<T>[]> {
  const [after, until] = await Promise.all([since, before].map((words) => Promise.all(words.map(created))));
  const fits = (ns: bigint) => after!.every((one) => ns > one) && until!.every((one) => ns < one);
  const limits = [...after!, ...until!].map((ns) => ns / NS_PER_S);
  const isKept = async (node: string, { Id, Created: seconds }: T): Promise<boolean> => {
    // Lists have whole seconds: what was created in the same one is asked for.
    if (!limits.includes(BigInt(seconds))) return fits(BigInt(seconds) * NS_PER_S);
    return fits(await createdAt(fleet.census.node(node)!, pathOf(Id)).catch(() => BigInt(seconds) * NS_PER_S));
  };
  return Promise.all(
    lists.map(async ({ items, ...at }) => {
      const kept = await Promise.all(items.map((one) => isKept(at.node, one)));
      return { ...at, items: items.filter((_, index) => kept[index]) };
    }),
  );
}

const containerPath = (id: string): string => `/containers/${id}/json`;

export const OF_CONTAINERS = (fleet: ApiFleet) => ({
  pathOf: containerPath,
  created: async (word: string): Promise<bigint> => {
    const { node, container } = await fleet.census.locate(word);
    return createdAt(node, containerPath(container.Id));
  },
});

export const OF_IMAGES = (fleet: ApiFleet) => ({
  pathOf: imagePath,
  created: async (word: string): Promise<bigint> => {
    const { found, unknown } = await fleet.look({ path: imagePath(word) });
    const [first] = found;
    if (first === undefined) throw notFound(`No such image: ${word}`, unknown);
    return nanoseconds(String((first.body as { Created?: unknown }).Created ?? ''));
  },
});

/** Where an engine says what an image is; its name has slashes. */
export const imagePath = (name: string): string =>
  `/images/${encodeURI(name).replace(/[?#]/g, encodeURIComponent)}/json`;
