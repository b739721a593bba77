// The swarm of a cluster, asked with little patience: whoever waits for the answer must not wait for a node that is gone.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { askNode, type NodeAnswer, rememberView, SwarmView } from './swarm-view.ts';

/** For a whole cluster, however many of its nodes do not answer. */
const PATIENCE_MS = 6_000;
/** For the others, once a manager has told who is in the swarm. */
const GRACE_MS = 1_500;
const AT_ONCE = 32;

/** Asks the nodes side by side, `first` by their names before the others. */
export async function askSwarm<N extends Node>(
  context: Context,
  nodes: readonly N[],
  first: readonly string[],
): Promise<SwarmView<N>> {
  const { clock } = context;
  const likely = new Set(first);
  const queue = nodes.toSorted((a, b) => Number(likely.has(b.name)) - Number(likely.has(a.name)));
  const end = new AbortController();
  const signal = AbortSignal.any([context.signal, end.signal]);
  const endAfter = (ms: number) =>
    void clock.sleep(ms, signal).then(
      () => end.abort(new BeltError('timed out')),
      () => {},
    );
  endAfter(PATIENCE_MS);
  const limit = pLimit(AT_ONCE);
  const ask = (node: N): Promise<NodeAnswer<N>> =>
    askNode(context, node, { timeoutMs: PATIENCE_MS, signal }).catch((error) => {
      context.signal.throwIfAborted();
      return { node, error };
    });
  try {
    const answers = await Promise.all(
      queue.map((node) =>
        limit(async () => {
          const answer = await ask(node);
          if (answer.members) endAfter(GRACE_MS);
          return answer;
        }),
      ),
    );
    const view = new SwarmView(answers);
    await rememberView(context, view);
    return view;
  } finally {
    end.abort(new Error('done'));
  }
}
