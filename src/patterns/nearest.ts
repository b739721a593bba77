// "Did you mean …?"
import { naturalCompare } from './natural.ts';

/**
 * The candidates that a person who typed `word` may have meant, best first: those within a third of its length in
 * Damerau-Levenshtein distance (at least 1), and those that begin with it. Case is ignored.
 */
export function nearest(word: string, candidates: readonly string[], options: { most?: number } = {}): string[] {
  const typed = word.toLowerCase();
  const limit = Math.max(1, Math.floor(typed.length / 3));
  const ranked = [...new Set(candidates)]
    .filter((candidate) => candidate !== word)
    .map((candidate) => ({ candidate, rank: rank(typed, candidate.toLowerCase(), limit) }))
    .filter(({ rank }) => rank !== undefined) as { candidate: string; rank: number }[];
  ranked.sort((a, b) => a.rank - b.rank || naturalCompare(a.candidate, b.candidate));
  return ranked.slice(0, options.most ?? 3).map(({ candidate }) => candidate);
}

/** Lower is nearer; undefined is not near. */
function rank(typed: string, candidate: string, limit: number): number | undefined {
  const near = Math.abs(typed.length - candidate.length) <= limit ? distance(typed, candidate) : Infinity;
  if (near <= limit) return near;
  return typed !== '' && candidate.startsWith(typed) ? limit + 1 : undefined;
}

/** How many letters were added, dropped, changed or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
