// From patterns to names. Counts first, so that a pattern for a thousand million names costs nothing.
import { fault } from './errors.ts';
import { parse } from './parse.ts';
import { spanValue } from './print.ts';
import type { Item, Part, Pattern, Sequence, Span } from './types.ts';

/** How many names the words of one command may make (docs/design.md §4). */
const DEFAULT_LIMIT = 10_000;

export interface ExpandOptions {
  /** How many names the words may make, including duplicates and excluded names. */
  limit?: number;
}

/** One item with the names it makes. */
export interface Expanded {
  readonly excluded: boolean;
  readonly names: readonly string[];
  /** Written as one name, with no bracket and no brace. */
  readonly plain: boolean;
}

/**
 * The names that the words choose, in order, each once, where it first appeared.
 * Throws a PatternError for a word that cannot be read, for more names than the limit, and for an exclusion with
 * nothing before it. An exclusion that matches nothing is not an error.
 */
export function expand(words: readonly string[], options: ExpandOptions = {}): string[] {
  const names = new Set<string>();
  for (const item of expandItems(words, options)) {
    for (const name of item.names) item.excluded ? names.delete(name) : names.add(name);
  }
  return [...names];
}

/** The items of all words, in order, each with its names. Throws what `expand` throws. */
export function expandItems(words: readonly string[], options: ExpandOptions = {}): Expanded[] {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const patterns = words.map(parse);
  checkTotals(patterns, limit);
  return patterns.flatMap(({ items }) =>
    items.map(({ excluded, sequence }) => ({
      excluded,
      names: sequenceValues(sequence),
      plain: sequence.every(({ kind }) => kind === 'text'),
    })),
  );
}

/** How many names a pattern makes (not counting exclusions), computed without making any. */
export function count(pattern: Pattern): number {
  return sum(pattern.items.filter((item) => !item.excluded).map((item) => sequenceCount(item.sequence)));
}

function checkTotals(patterns: readonly Pattern[], limit: number): void {
  let chosen = 0;
  let excluded = 0;
  for (const { word, items } of patterns) {
    for (const item of items) {
      if (item.excluded && chosen === 0) throw nothingBefore(word, item);
      const here = sequenceCount(item.sequence);
      if (item.excluded) excluded += here;
      else chosen += here;
      if (Math.max(chosen, excluded) > limit) throw tooMany(word, item, { total: Math.max(chosen, excluded), limit });
    }
  }
}

function nothingBefore(word: string, item: Item) {
  return fault({
    word,
    column: item.column,
    reason: 'there is nothing before it to exclude names from',
    hint: `put it after the names to choose from, as in 'node[1:4],!node3'`,
  });
}

function tooMany(word: string, item: Item, { total, limit }: { total: number; limit: number }) {
  const part = item.sequence.find((candidate) => partCount(candidate) > 1);
  const made = total > 1e15 ? 'over 10^15' : total.toLocaleString('en-US');
  return fault({
    word,
    column: part && part.kind !== 'text' ? part.column : item.column,
    reason: `that makes ${made} names; the limit is ${limit.toLocaleString('en-US')}`,
    hint: 'write a smaller range',
  });
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}

function sequenceCount(sequence: Sequence): number {
  return sequence.reduce((product, part) => product * partCount(part), 1);
}

function partCount(part: Part): number {
  if (part.kind === 'text') return 1;
  if (part.kind === 'bracket') return sum(part.spans.map(spanCount));
  return sum(part.choices.map(sequenceCount));
}

function spanCount({ from, to, step }: Span): number {
  return Math.floor((to - from) / step) + 1;
}

function sequenceValues(sequence: Sequence): string[] {
  let names = [''];
  // Parts of one value are gathered first: a name of a thousand such parts is built once, not a thousand times.
  let pending = '';
  for (const part of sequence) {
    const values = partValues(part);
    if (values.length === 1) pending += values[0];
    else {
      const prefixes = names.map((name) => name + pending);
      names = prefixes.flatMap((prefix) => values.map((value) => prefix + value));
      pending = '';
    }
  }
  return pending === '' ? names : names.map((name) => name + pending);
}

function partValues(part: Part): string[] {
  if (part.kind === 'text') return [part.text];
  if (part.kind === 'bracket') return part.spans.flatMap(spanValues);
  return part.choices.flatMap(sequenceValues);
}

function spanValues(span: Span): string[] {
  return Array.from({ length: spanCount(span) }, (_, index) => spanValue(span, span.from + index * span.step));
}
