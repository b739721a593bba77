// The same work on many nodes, side by side: one that fails stops no other.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import type { Failure } from './failures.ts';

export interface NodeDone<N, T> {
  node: N;
  result: T;
}

export interface Ended<N, T> {
  done: NodeDone<N, T>[];
  failures: (Failure & { node: N })[];
}

export interface EachOptions {
  /** At most so many at a time. */
  atOnce: number;
  /** Told of each failure as it happens. */
  onFailed?: (failure: Failure) => void;
}

/**
 * Does the work for every node; both lists are in the order of the nodes. What failed is for `throwFailures`.
 * @throws when interrupted
 */
export async function eachNode<N extends { name: string }, T>(
  { signal }: Pick<Context, 'signal'>,
  nodes: readonly N[],
  work: (node: N) => Promise<T>,
  { atOnce, onFailed }: EachOptions,
): Promise<Ended<N, T>> {
  const limit = pLimit(atOnce);
  const attempt = async (node: N): Promise<Ended<N, T>> => {
    try {
      return { done: [{ node, result: await work(node) }], failures: [] };
    } catch (error) {
      signal.throwIfAborted();
      const failure = { node, name: node.name, error };
      onFailed?.(failure);
      return { done: [], failures: [failure] };
    }
  };
  const ends = await Promise.all(nodes.map((node) => limit(() => attempt(node))));
  return { done: ends.flatMap(({ done }) => done), failures: ends.flatMap(({ failures }) => failures) };
}
