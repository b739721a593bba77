// Paginates lists, with links to the other pages.
import type { Answer, Call } from './call.ts';

const DEFAULT_PER_PAGE = 20;
const MOST_PER_PAGE = 200;

/** Answers with the page of the list that the query asks for; only that page's items are rendered. */
export function pageOf<T>(call: Call, key: string, items: readonly T[], view: (item: T) => object): Answer {
  const perPage = numberOf(call.query, 'per_page', DEFAULT_PER_PAGE, MOST_PER_PAGE);
  const page = numberOf(call.query, 'page', 1, Number.MAX_SAFE_INTEGER);
  const shown = items.slice((page - 1) * perPage, page * perPage);
  const pages = linksOf(call, page, Math.max(1, Math.ceil(items.length / perPage)));
  return {
    status: 200,
    body: {
      [key]: shown.map(view),
      links: Object.keys(pages).length > 0 ? { pages } : {},
      meta: { total: items.length },
    },
  };
}

function linksOf(call: Call, page: number, last: number): Record<string, string> {
  const link = (to: number): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `${call.baseUrl}${call.path}?${query}`;
  };
  return {
    ...(page > 1 ? { first: link(1), prev: link(Math.min(page - 1, last)) } : {}),
    ...(page < last ? { next: link(page + 1), last: link(last) } : {}),
  };
}

function numberOf(query: URLSearchParams, name: string, otherwise: number, most: number): number {
  const value = query.get(name);
  return value !== null && /^[1-9]\d*$/.test(value) ? Math.min(Number(value), most) : otherwise;
}
