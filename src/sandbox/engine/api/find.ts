import { EngineError, notFound } from '../errors.ts';

/** The one of an id, a name, or the beginning of an id. */
export function findOne<T extends { readonly id: string }>(
  kind: 'node' | 'service',
  known: ReadonlyMap<string, T>,
  word: string,
  nameOf: (one: T) => string,
): T {
  const byId = known.get(word);
  if (byId !== undefined) return byId;
  const all = [...known.values()];
  const byName = all.filter((one) => nameOf(one) === word);
  const found = byName.length > 0 ? byName : all.filter(({ id }) => id.startsWith(word));
  if (found.length > 1) throw new EngineError(400, `${kind} ${word} is ambiguous (${found.length} matches found)`);
  if (found[0] === undefined) throw notFound(kind, word);
  return found[0];
}
