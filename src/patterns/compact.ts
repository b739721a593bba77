// From names back to a short pattern, for messages: node1 node2 node3 node4 → node[1:4].
import { naturalCompare } from './natural.ts';

/** A name cut around one run of digits. */
interface Cut {
  name: string;
  before: string;
  digits: string;
  after: string;
}

// An address with a port has five runs, and its host's is the last but one: four runs are enough.
const MOST_CUTS = 4;
// A number that Number represents exactly.
const MOST_DIGITS = 15;

/**
 * A pattern that makes exactly these names (the order is by family, numbers rising): `node[1:3,7],web`.
 * Names are droplet names or addresses, so they contain none of `, [ ] { } !`.
 */
export function compact(names: readonly string[]): string {
  const familyOf = chooseFamilies([...new Set(names)]);
  const families = new Map<string, Cut[]>();
  for (const [name, cut] of familyOf) {
    const key = cut === undefined ? name : keyOf(cut);
    const member = cut ?? { name, before: name, digits: '', after: '' };
    const family = families.get(key);
    if (family) family.push(member);
    else families.set(key, [member]);
  }
  return [...families.values()].map(printFamily).join(',');
}

/** For each name the cut that it shares with most others, or undefined when it shares none. */
function chooseFamilies(names: readonly string[]): Map<string, Cut | undefined> {
  const byKey = new Map<string, Cut[]>();
  for (const cut of names.flatMap(cutsOf)) {
    const family = byKey.get(keyOf(cut));
    if (family) family.push(cut);
    else byKey.set(keyOf(cut), [cut]);
  }
  const chosen = new Map<string, Cut | undefined>(names.map((name) => [name, undefined]));
  for (const family of [...byKey.values()].sort((a, b) => b.length - a.length)) {
    const free = family.filter(({ name }) => chosen.get(name) === undefined);
    if (free.length > 1) for (const cut of free) chosen.set(cut.name, cut);
  }
  return chosen;
}

function cutsOf(name: string): Cut[] {
  return [...name.matchAll(/\d+/g)]
    .filter(([digits]) => digits.length <= MOST_DIGITS)
    .slice(-MOST_CUTS)
    .reverse()
    .map(({ 0: digits, index }) => ({
      name,
      before: name.slice(0, index),
      digits,
      after: name.slice(index + digits.length),
    }));
}

// Neither a name nor an address holds a line break, so no key is ever a name.
const keyOf = ({ before, after }: Cut) => `${before}\n${after}`;

function printFamily(cuts: readonly Cut[]): string {
  const [first] = cuts;
  if (first === undefined || cuts.length === 1) return first?.name ?? '';
  return `${first.before}[${printRuns(cuts.map(({ digits }) => digits)).join(',')}]${first.after}`;
}

/** Ascending numbers as ranges: 1 2 3 7 → 1:3 7. A range pads to the width of its first number, so the others must fit it. */
function printRuns(numbers: readonly string[]): string[] {
  const runs: { first: string; last: string }[] = [];
  for (const digits of [...numbers].sort(naturalCompare)) {
    const run = runs.at(-1);
    const next = run && String(Number(run.last) + 1).padStart(run.first.length, '0');
    if (run && digits === next) run.last = digits;
    else runs.push({ first: digits, last: digits });
  }
  return runs.map(({ first, last }) => (first === last ? first : `${first}:${last}`));
}
