// What the listings of the account have in common: a filter, a table of 80 columns, names with -q, and JSON.
import { flag } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { globMatches, isGlob } from '../../patterns/index.ts';

export const wide = flag('nothing is cut, however wide the table gets');

export interface Column<T> {
  title: string;
  cell(item: T): string;
  /** An amount: its digits stand under each other. */
  right?: true;
  /** Is cut where the table would be wider than the terminal, or than 80 columns: those of 1 first. */
  cut?: 1 | 2;
}

export interface Listing<T> {
  /** `sizes`; also the command's word. */
  plural: string;
  /** What they were limited to: `in sgp1`. */
  limit?: string | undefined;
  /** In the order in which they are shown. */
  items: readonly T[];
  /** The word by which other commands and .belt.yaml take it: what -q prints. */
  name(item: T): string;
  /** The texts in which the filter looks. */
  texts(item: T): readonly (string | undefined)[];
  columns: readonly Column<T>[];
  json(item: T): object;
}

export interface ListingOptions {
  filter?: string | undefined;
  wide?: boolean | undefined;
}

/** Prints those of the items that the filter matches: a part of one of their texts, without case, or a glob of a whole one. */
export function list<T>(
  { out }: Context,
  { plural, limit, items, name, texts, columns, json }: Listing<T>,
  { filter, wide }: ListingOptions,
): void {
  const found = filter === undefined ? items : items.filter((item) => matches(filter, texts(item)));
  if (out.json) return out.document(found.map(json));
  if (out.quiet) return out.lines(found.map(name));
  if (found.length === 0) return out.note(nothing(plural, { limit, filter, some: items.length > 0 }));
  out.table(
    columns.map(({ title }) => title),
    found.map((item) => columns.map(({ cell }) => cell(item))),
    {
      right: columns.filter(({ right }) => right).map(({ title }) => title),
      cut: wide ? [] : [1, 2].flatMap((turn) => columns.filter(({ cut }) => cut === turn).map(({ title }) => title)),
    },
  );
}

function nothing(
  plural: string,
  { limit, filter, some }: { limit: string | undefined; filter: string | undefined; some: boolean },
): string {
  const what = limit === undefined ? plural : `${plural} ${limit}`;
  if (!some || filter === undefined) return `no ${what}`;
  return `no ${what} match ${JSON.stringify(filter)}; all of them: belt ${plural}`;
}

/** Whether one of the texts matches. */
export function matches(filter: string, texts: readonly (string | undefined)[]): boolean {
  const wanted = filter.toLowerCase();
  const matching = (text: string) => (isGlob(wanted) ? globMatches(wanted, text) : text.includes(wanted));
  return texts.some((text) => text !== undefined && matching(text.toLowerCase()));
}
