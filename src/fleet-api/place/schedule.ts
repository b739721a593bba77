// The node on which a container is created. Pure.
import { Refusal } from '../refusal.ts';
import type { Candidate } from './candidate.ts';
import { FILTERS } from './filters.ts';
import { type Random, ranked, type Strategy } from './strategy.ts';
import type { Wish } from './wish.ts';

export interface Rules {
  strategy: Strategy;
  random: Random;
}

/** First with what is only wished for, then without. @throws Refusal in Swarm v1's words */
export function schedule(wish: Wish, nodes: readonly Candidate[], rules: Rules): Candidate {
  try {
    return best(wish, nodes, rules, { soft: true });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return best(wish, nodes, rules, { soft: false });
  }
}

function best(wish: Wish, nodes: readonly Candidate[], { strategy, random }: Rules, options: { soft: boolean }) {
  const left = accepted(wish, nodes, options);
  const first = (among: readonly Candidate[]) => ranked(strategy, wish, among, random)[0];
  const found = first(nearest(wish, left)) ?? first(left);
  if (found === undefined) throw new Refusal(500, 'no resources available to schedule container');
  return found;
}

/** Those that are near, as far as there are any. */
const nearest = ({ near = [] }: Wish, nodes: readonly Candidate[]): readonly Candidate[] =>
  near.reduce((among, names) => {
    const some = among.filter(({ name }) => names.includes(name));
    return some.length > 0 ? some : among;
  }, nodes);

/** The nodes that all filters leave. @throws Refusal */
export function accepted(wish: Wish, nodes: readonly Candidate[], options: { soft: boolean }): readonly Candidate[] {
  if (nodes.length === 0) throw new Refusal(500, 'No nodes available in the cluster');
  let left = nodes;
  for (const [index, filter] of FILTERS.entries()) {
    left = filter.keep(wish, left, { ...options, all: nodes });
    if (left.length > 0) continue;
    if (filter.name === 'health') throw new Refusal(500, 'No healthy node available in the cluster');
    const conditions = FILTERS.slice(0, index + 1)
      .map((one) => one.says(wish))
      .filter((list) => list.length > 0)
      .map((list) => `\n[${list.join(' ')}]`);
    throw new Refusal(500, `Unable to find a node that satisfies the following conditions ${conditions.join('')}`);
  }
  return left;
}
