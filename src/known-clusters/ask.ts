// The swarm of a cluster, asked with little patience: what is shown to a person must not wait for a node that is gone.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { askNode, type NodeAnswer, SwarmView } from '../fleet/swarm-view.ts';
import type { Node } from '../fleet.ts';
import { clusterWords } from './name.ts';

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
    return new SwarmView(answers);
  } finally {
    end.abort(new Error('done'));
  }
}

/** Nodes whose host key nobody pinned here: they were not asked. */
export const untrustedIn = <N extends Node>({ answers }: SwarmView<N>): N[] =>
  answers.filter(({ untrusted }) => untrusted).map(({ node }) => node);

/** Of the nodes that did not answer, those that others named as managers. */
export function namedManagers<N extends Node>({ answers, silent }: SwarmView<N>): N[] {
  const told = answers.flatMap(({ swarm }) => swarm?.managers ?? []).map((address) => address.replace(/:\d+$/, ''));
  return silent.filter(({ privateAddress }) => privateAddress !== undefined && told.includes(privateAddress));
}

/** Why the first node that could be asked was not; undefined when all that were asked answered. */
export const troubleIn = ({ answers }: SwarmView): string | undefined =>
  answers.flatMap(({ error, untrusted }) => (error === undefined || untrusted ? [] : [messageOf(error)]))[0];

/** Why nothing is known of a cluster's swarm; undefined when something is, or when it has none. */
export function whyUnknown(cluster: string, view: SwarmView): string | undefined {
  if (view.swarm) return undefined;
  const untrusted = untrustedIn(view);
  const managers = namedManagers(view);
  const first = untrusted.find((node) => managers.includes(node)) ?? untrusted[0];
  if (first) return `the host key of ${first.name} is not known here (${trustWords(cluster, first.name)})`;
  return troubleIn(view);
}

/** The command that trusts a node of a cluster, whichever is chosen. */
export const trustWords = (cluster: string, node: string): string => `${clusterWords(cluster)}belt trust ${node}`;
