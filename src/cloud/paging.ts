// Lists at DigitalOcean come in pages of at most 200.
import pLimit from 'p-limit';

export const PAGE_SIZE = 200;
const SIDE_BY_SIDE = 8;

export interface Page<T> {
  items: readonly T[];
  total: number;
}

/**
 * Every item of a list, once, in the list's order: the first page tells how many there are, the others are fetched side
 * by side. When the list changed meanwhile so that an item may have slipped between two pages, it is read once more.
 */
export async function everyPage<T extends { id?: number | string; slug?: string | null }>(
  fetch: (page: number) => Promise<Page<T>>,
): Promise<T[]> {
  const read = await readAll(fetch);
  return read.complete ? read.items : (await readAll(fetch)).items;
}

async function readAll<T extends { id?: number | string; slug?: string | null }>(
  fetch: (page: number) => Promise<Page<T>>,
): Promise<{ items: T[]; complete: boolean }> {
  const first = await fetch(1);
  const count = Math.ceil(first.total / PAGE_SIZE);
  const limit = pLimit({ concurrency: SIDE_BY_SIDE, rejectOnClear: true });
  const numbers = Array.from({ length: Math.max(0, count - 1) }, (_, index) => index + 2);
  const others = await Promise.all(numbers.map((page) => limit(() => fetch(page))));
  const unique = new Map<unknown, T>();
  for (const item of [first, ...others].flatMap((page) => page.items)) unique.set(item.id ?? item.slug, item);
  // A total that changed means that the list did: an item may have slipped to a page that was read already.
  const still = others.every(({ total }) => total === first.total);
  return { items: [...unique.values()], complete: still && unique.size >= first.total };
}
