// Lists at DigitalOcean come in pages of at most 200.
import pLimit from 'p-limit';
import { BeltError } from '../errors.ts';

export const PAGE_SIZE = 200;
const SIDE_BY_SIDE = 8;
/** A list with more pages than this is not read further. */
export const MOST_PAGES = 250;

export interface Page<T> {
  items: readonly T[];
  /** How many items it holds, with those that could not be read. */
  held: number;
  /** The stated total of the whole list; undefined where that is unknown. */
  total: number | undefined;
}

type Item = { id?: number | string; slug?: string | undefined };

/** Whether a list can have this many items. */
export const isPlausibleTotal = (total: unknown): total is number =>
  Number.isInteger(total) && (total as number) >= 0 && (total as number) <= MOST_PAGES * PAGE_SIZE;

/**
 * Every item of a list, once, in the list's order. The first page says how many there are, and the others are fetched in
 * parallel; what counts is what the pages really contain. If the list changed in the meantime so that an item may have slipped between two pages,
 * it is read once more.
 * @throws BeltError when the list goes on after `MOST_PAGES` pages
 */
export async function everyPage<T extends Item>(what: string, fetch: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const read = await readAll(what, fetch);
  return read.complete ? read.items : (await readAll(what, fetch)).items;
}

async function readAll<T extends Item>(
  what: string,
  fetch: (page: number) => Promise<Page<T>>,
): Promise<{ items: T[]; complete: boolean }> {
  const first = await fetch(1);
  const { held, total } = first;
  if (total === undefined || total < held) return { items: await oneByOne(what, first, fetch), complete: true };
  const others = held === 0 ? [] : await sideBySide(what, first, fetch);
  const all = [first, ...others];
  // A total that changed means that the list did: an item may have slipped to a page that was read already.
  const still = others.every((page) => page.total === total);
  const items = [...unique(all).values()];
  const unread = all.reduce((sum, page) => sum + page.held - page.items.length, 0);
  return { items, complete: still && items.length + unread >= total };
}

/** The pages after the first, as many as the total asks for, up to one that is empty. */
async function sideBySide<T>(
  what: string,
  { held, total = 0 }: Page<T>,
  fetch: (page: number) => Promise<Page<T>>,
): Promise<Page<T>[]> {
  const count = Math.ceil(total / held);
  // A short first page with more to come: either the pages are smaller than requested, or the total is wrong.
  const limit = pLimit({ concurrency: held < PAGE_SIZE ? 1 : SIDE_BY_SIDE, rejectOnClear: true });
  let ended = false;
  const numbers = Array.from({ length: Math.max(0, Math.min(MOST_PAGES, count) - 1) }, (_, index) => index + 2);
  const read = await Promise.all(
    numbers.map((number) =>
      limit(async () => {
        if (ended) return undefined;
        const page = await fetch(number);
        ended ||= page.held === 0;
        return page;
      }),
    ),
  );
  if (count > MOST_PAGES && !ended) throw goesOn(what);
  return read.filter((page) => page !== undefined);
}

/** Without a total: page after page, until one has nothing new. */
async function oneByOne<T extends Item>(
  what: string,
  first: Page<T>,
  fetch: (page: number) => Promise<Page<T>>,
): Promise<T[]> {
  const all = [first];
  for (let found = unique(all).size, number = 2; found > 0; number++) {
    if (number > MOST_PAGES + 1) throw goesOn(what);
    all.push(await fetch(number));
    const now = unique(all).size;
    if (now === found) break;
    found = now;
  }
  return [...unique(all).values()];
}

const goesOn = (what: string): BeltError =>
  new BeltError(`DigitalOcean's list of ${what} has more than ${MOST_PAGES} pages: belt stops reading there`, {
    hint: 'check api_url',
  });

function unique<T extends Item>(pages: readonly Page<T>[]): Map<unknown, T> {
  const items = new Map<unknown, T>();
  for (const item of pages.flatMap((page) => page.items)) items.set(item.id ?? item.slug, item);
  return items;
}
