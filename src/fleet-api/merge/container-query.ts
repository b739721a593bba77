// The query of a list of containers: what each engine is asked, and what is left to be done here. Pure.

export interface ListQuery {
  /** For each node that is to be asked. */
  query: string;
  /** Of all together. */
  limit: number | undefined;
  /** Only these nodes; all, where it names none. */
  nodes: readonly string[];
  /** Each engine gives all of its containers: what it gives is the whole list. */
  isWhole: boolean;
}

/** Filters are lists, or objects with `true` from older clients. */
export function readFilters(text: string | null): Record<string, string[]> {
  if (text === null || text === '') return {};
  try {
    const given = JSON.parse(text) as Record<string, string[] | Record<string, boolean>>;
    return Object.fromEntries(
      Object.entries(given).map(([key, values]) => [key, Array.isArray(values) ? values : Object.keys(values)]),
    );
  } catch {
    return {};
  }
}

/** `--filter node=` is ours, `--filter name=node1/web` is half ours: engines know neither. */
export function listQuery(given: URLSearchParams): ListQuery {
  const query = new URLSearchParams(given);
  const { node = [], name = [], ...others } = readFilters(given.get('filters'));
  const owners = name.flatMap((word) => /^\^?\/?([\w.-]+)\/./.exec(word)?.[1] ?? []);
  const bare = name.map((word) => word.replace(/^(\^?)\/?[\w.-]+\//, '$1/'));
  const filters = { ...others, ...(name.length > 0 && { name: bare }) };
  if (query.has('filters')) {
    if (Object.keys(filters).length > 0) query.set('filters', JSON.stringify(filters));
    else query.delete('filters');
  }
  const limit = Number(query.get('limit') ?? 0);
  const isAll = /^(1|true)$/i.test(query.get('all') ?? '');
  return {
    query: query.toString(),
    limit: limit > 0 ? limit : undefined,
    nodes: [...node, ...(owners.length === name.length ? owners : [])],
    isWhole: isAll && limit <= 0 && Object.keys(filters).length === 0,
  };
}
