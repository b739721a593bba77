// In which order nodes that will do are taken: Swarm v1's strategies. Pure.
import { beside, type Candidate } from './candidate.ts';
import type { Wish } from './wish.ts';

export const STRATEGIES = ['spread', 'binpack', 'random'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A number from 0 up to 1. */
export type Random = () => number;

/** An engine may be given so much more than it has. */
const OVERCOMMIT = 1.05;
/** What nobody asked for weighs the same everywhere. */
const UNASKED = 100;

interface Weighed {
  node: Candidate;
  weight: number;
  containers: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** In percent of what there is; undefined where there is too little. */
function share(asked: number, used: number, total: number): number | undefined {
  if (asked <= 0) return UNASKED;
  const percent = total > 0 ? ((used + asked) * 100) / total : Number.POSITIVE_INFINITY;
  return asked <= total && percent <= 100 ? percent : undefined;
}

function weigh(wish: Wish, node: Candidate): Weighed | undefined {
  const occupants = beside(wish, node);
  const cpu = share(wish.cpus, sum(occupants.map((one) => one.cpus)), node.cpus * OVERCOMMIT);
  const memory = share(wish.memoryBytes, sum(occupants.map((one) => one.memoryBytes)), node.memoryBytes * OVERCOMMIT);
  if (cpu === undefined || memory === undefined) return undefined;
  return { node, weight: cpu + memory, containers: occupants.length };
}

/** The best first; none where no node has room. Equal ones stay in the order in which they came. */
export function ranked(
  strategy: Strategy,
  wish: Wish,
  nodes: readonly Candidate[],
  random: Random,
): readonly Candidate[] {
  if (strategy === 'random') return shuffled(nodes, random);
  const weighed = nodes.flatMap((node) => weigh(wish, node) ?? []);
  const direction = strategy === 'spread' ? 1 : -1;
  return weighed
    .toSorted((a, b) => direction * (a.weight - b.weight || a.containers - b.containers))
    .map(({ node }) => node);
}

function shuffled<T>(given: readonly T[], random: Random): T[] {
  const list = [...given];
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other]!, list[last]!];
  }
  return list;
}
