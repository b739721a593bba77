// The query of a list of containers: what each engine is asked, and what is left to be done here. Pure.
import { readFilters } from '../body.ts';
import type { Summary } from '../types.ts';

export interface ListQuery {
  /** For a node that is to be asked; undefined for one that is not. */
  queryOf: (node: string) => string | undefined;
  /** Of all together. */
  limit: number | undefined;
  /** Those that were created after, and before, these: engines know only their own. */
  since: readonly string[];
  before: readonly string[];
  /** Whether those that are stopped are asked for. */
  isAll: boolean;
  /** Whether one that a node had before it was silent is asked for, as far as can be said without its engine. */
  isAsked: (node: string, container: Summary) => boolean;
  /** Each engine that is asked gives all of its containers: what it gives is the whole list. */
  isWhole: boolean;
}

/** `--filter node=` is ours, `--filter name=node1/web` is half ours: engines know neither. @throws Refusal */
export function listQuery(given: URLSearchParams, nodes: readonly string[]): ListQuery {
  const query = new URLSearchParams(given);
  const { node = [], name = [], since = [], before = [], ...others } = readFilters(given.get('filters'));
  const names = name.map((word) => ownedName(word, nodes));
  /** Those that may match on the node; undefined where nothing there is asked for. */
  const filtersFor = (on: string): Record<string, string[]> | undefined => {
    if (node.length > 0 && !node.includes(on)) return undefined;
    if (name.length === 0) return others;
    const own = names.flatMap(({ owner = on, bare }) => (owner === on ? [bare] : []));
    return own.length > 0 ? { ...others, name: own } : undefined;
  };
  const limit = Number(query.get('limit') ?? 0);
  // A status asks for those that are stopped, too.
  const isAll = limit > 0 || isTrue(query.get('all')) || (others['status'] ?? []).length > 0;
  // Which of them are the youngest is known when the others are left out.
  if (since.length + before.length > 0 && limit > 0) {
    query.delete('limit');
    query.set('all', '1');
  }
  return {
    queryOf: (on) => {
      const filters = filtersFor(on);
      if (filters === undefined) return undefined;
      const own = new URLSearchParams(query);
      if (Object.keys(filters).length > 0) own.set('filters', JSON.stringify(filters));
      else own.delete('filters');
      return own.toString();
    },
    limit: limit > 0 ? limit : undefined,
    since,
    before,
    isAll,
    isAsked: (on, container) => {
      const filters = filtersFor(on);
      return filters !== undefined && (isAll || container.State === 'running') && matches(container, filters);
    },
    isWhole:
      isTrue(query.get('all')) &&
      !(Number(query.get('limit') ?? 0) > 0) &&
      name.length + Object.keys(others).length === 0,
  };
}

/** Of `a/web` the node and the name there, with its slash; a word that begins with no node's name is one of all nodes. */
function ownedName(word: string, nodes: readonly string[]): { owner?: string; bare: string } {
  const [, start = '', owner = '', rest = ''] = /^(\^?)\/?([\w.-]+)\/(.+)$/.exec(word) ?? [];
  return nodes.includes(owner) ? { owner, bare: `${start}/${rest}` } : { bare: word };
}

/** As an engine matches it, as far as a list says; any other filter leaves it in, since it may match. */
function matches(container: Summary, { name, id, label, status, ancestor }: Record<string, string[]>): boolean {
  const labels = container.Labels ?? {};
  const texts = container.Names.flatMap((one) => [one, one.replace(/^\//, '')]);
  const isLabel = (word: string) => {
    const [key = '', value] = word.split(/=(.*)/s);
    return key in labels && (value === undefined || labels[key] === value);
  };
  const tagged = (image: string) => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`);
  const isImage = (word: string) =>
    tagged(word) === tagged(container.Image) || `${container.ImageID}`.replace(/^sha256:/, '').startsWith(word);
  return (
    some(name, (word) => texts.some((text) => isFound(word, text))) &&
    some(id, (word) => isFound(word, container.Id)) &&
    (label ?? []).every(isLabel) &&
    some(status, (word) => word === container.State) &&
    some(ancestor, isImage)
  );
}

const some = (words: readonly string[] | undefined, is: (word: string) => boolean): boolean =>
  words === undefined || words.length === 0 || words.some(is);

/** Engines take it for a pattern that may match anywhere. */
function isFound(word: string, text: string): boolean {
  try {
    return new RegExp(word).test(text);
  } catch {
    return text === word;
  }
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
