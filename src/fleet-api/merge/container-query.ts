// The query of a list of containers: what each engine is asked, and what is left to be done here. Pure.
import { readFilters } from '../body.ts';

export interface ListQuery {
  /** For each node that is to be asked. */
  query: string;
  /** Of all together. */
  limit: number | undefined;
  /** Only these nodes; all, where it names none. */
  nodes: readonly string[];
  /** Those that were created after, and before, these: engines know only their own. */
  since: readonly string[];
  before: readonly string[];
  /** Whether those that are stopped are asked for. */
  isAll: boolean;
  /** Whether only some are asked for, by anything but their node. */
  isFiltered: boolean;
  /** Each engine gives all of its containers: what it gives is the whole list. */
  isWhole: boolean;
}

/** `--filter node=` is ours, `--filter name=node1/web` is half ours: engines know neither. @throws Refusal */
export function listQuery(given: URLSearchParams): ListQuery {
  const query = new URLSearchParams(given);
  const { node = [], name = [], since = [], before = [], ...others } = readFilters(given.get('filters'));
  const owners = name.flatMap((word) => /^\^?\/?([\w.-]+)\/./.exec(word)?.[1] ?? []);
  const bare = name.map((word) => word.replace(/^(\^?)\/?[\w.-]+\//, '$1/'));
  const filters = { ...others, ...(name.length > 0 && { name: bare }) };
  if (query.has('filters')) {
    if (Object.keys(filters).length > 0) query.set('filters', JSON.stringify(filters));
    else query.delete('filters');
  }
  const limit = Number(query.get('limit') ?? 0);
  const isAll = limit > 0 || isTrue(query.get('all'));
  const isByAge = since.length + before.length > 0;
  // Which of them are the youngest is known when the others are left out.
  if (isByAge && limit > 0) {
    query.delete('limit');
    query.set('all', '1');
  }
  return {
    query: query.toString(),
    limit: limit > 0 ? limit : undefined,
    nodes: [...node, ...(owners.length === name.length ? owners : [])],
    since,
    before,
    isAll,
    isFiltered: isByAge || Object.keys(filters).length > 0,
    isWhole: isTrue(query.get('all')) && !(Number(query.get('limit') ?? 0) > 0) && Object.keys(filters).length === 0,
  };
}

/** As engines read it. */
const isTrue = (text: string | null): boolean =>
  !['', '0', 'no', 'false', 'none'].includes((text ?? '').trim().toLowerCase());

/** A query of images without what each engine would have to know of another's. @throws Refusal */
export function withoutAge(given: URLSearchParams): { query: URLSearchParams; since: string[]; before: string[] } {
  const query = new URLSearchParams(given);
  const { since = [], before = [], ...filters } = readFilters(given.get('filters'));
  if (since.length + before.length > 0) query.set('filters', JSON.stringify(filters));
  return { query, since, before };
}
