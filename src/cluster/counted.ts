// Generates names for a number of nodes. Pure.
import { UsageError } from '../errors.ts';

export interface Counting {
  /** How many there are to be. */
  count: number;
  /** The names that there are. */
  names: readonly string[];
  /** The prefix of new names when there is no existing name to continue from. */
  stem: string;
  /** Names that are others'. */
  taken: ReadonlySet<string>;
}

/**
 * The first `count` of the names; when there are too few, numbering continues from the last: node9 is followed by node10,
 * node09 by node10. Taken names are skipped.
 * @throws UsageError when the last name ends in no number
 */
export function counted({ count, names, stem, taken }: Counting): string[] {
  const found = names.slice(0, count);
  const last = names.at(-1) ?? `${stem}0`;
  const [, before = '', digits] = /^(.*?)(\d+)$/.exec(last) ?? [];
  if (found.length < count && digits === undefined) {
    throw new UsageError(`cannot continue from ${last}: it does not end in a number`, {
      hint: 'name the nodes: node[1:3]',
    });
  }
  for (let number = Number(digits) + 1; found.length < count; number++) {
    const name = `${before}${String(number).padStart(digits!.length, '0')}`;
    if (!taken.has(name)) found.push(name);
  }
  return found;
}

/** The name prefix of a cluster's nodes when only a count is given: `shop-manager1`. */
export const stemOf = (cluster: string, role: string): string => `${cluster.replace(/[^a-zA-Z0-9.-]/g, '-')}-${role}`;
