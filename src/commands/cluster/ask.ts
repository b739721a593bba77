// The swarm of a cluster, asked with little patience: what is shown to a person must not wait for a node that is gone.
import type { Context } from '../../context.ts';
import type { SwarmNode } from '../../engine/engine.ts';
import { messageOf } from '../../errors.ts';
import type { Node } from '../../fleet.ts';
import { askQuickly } from '../shared/ask.ts';
import { clusterWords } from './words.ts';

/** For a whole cluster, however many of its nodes do not answer. */
const PATIENCE_MS = 6_000;
const AT_ONCE = 5;

/** What the nodes of a cluster say of their swarm. */
export interface SwarmView {
  /** As a manager lists them; undefined when none could be asked. */
  members: SwarmNode[] | undefined;
  /** Nodes that workers named as managers. */
  managers: Node[];
  /** Nodes whose host key nobody pinned here: they were not asked. */
  untrusted: Node[];
  /** Nodes that answered and are in no swarm. */
  outside: Node[];
  /** Why the first that could not be reached was not. */
  trouble: string | undefined;
}

interface Answer {
  node: Node;
  members?: SwarmNode[];
  /** Addresses of managers, told by a worker. */
  managers?: string[];
  untrusted?: boolean;
  outside?: boolean;
  error?: unknown;
}

/** Asks nodes, a few at a time, until a manager answers: `first` by their names, then the others. */
export async function askSwarm(context: Context, nodes: readonly Node[], first: readonly string[]): Promise<SwarmView> {
  const view: SwarmView = { members: undefined, managers: [], untrusted: [], outside: [], trouble: undefined };
  const end = new AbortController();
  const signal = AbortSignal.any([context.signal, end.signal]);
  const late = context.clock.sleep(PATIENCE_MS, signal).catch(() => {});
  const likely = new Set(first);
  const queue = nodes.toSorted((a, b) => Number(likely.has(b.name)) - Number(likely.has(a.name)));
  try {
    await Promise.race([late, work(context, view, queue, signal)]);
  } finally {
    end.abort(new Error('nobody waits any more'));
  }
  context.signal.throwIfAborted();
  if (!view.members && nodes.length > 0) view.trouble ??= 'no answer in time';
  return view;
}

async function work(context: Context, view: SwarmView, queue: Node[], signal: AbortSignal): Promise<void> {
  while (queue.length > 0 && !view.members && !signal.aborted) {
    const asked = queue.splice(0, AT_ONCE).map((node) => answerOf(context, node, signal));
    await new Promise<void>((resolve) => {
      for (const one of asked) {
        void one.then((answer) => {
          take(view, answer, queue);
          if (view.members) resolve();
        });
      }
      void Promise.all(asked).then(() => resolve());
    });
  }
  // All were asked, and none of them failed to answer.
  if (!view.members) view.trouble ??= '';
}

function take(
  view: SwarmView,
  { node, members, managers = [], untrusted, outside, error }: Answer,
  queue: Node[],
): void {
  view.members ??= members;
  if (untrusted) view.untrusted.push(node);
  if (outside) view.outside.push(node);
  if (error !== undefined) view.trouble ??= messageOf(error);
  const told = new Set(managers);
  const isTold = ({ privateAddress }: Node) => privateAddress !== undefined && told.has(privateAddress);
  if (told.size === 0) return;
  for (const one of [...view.untrusted, ...queue])
    if (isTold(one) && !view.managers.includes(one)) view.managers.push(one);
  queue.sort((a, b) => Number(isTold(b)) - Number(isTold(a)));
}

async function answerOf(context: Context, node: Node, signal: AbortSignal): Promise<Answer> {
  try {
    return await answer(context, node, signal);
  } catch (error) {
    return { node, error };
  }
}

async function answer(context: Context, node: Node, signal: AbortSignal): Promise<Answer> {
  const found = await askQuickly(context, node, signal);
  if (found === undefined) return { node, untrusted: true };
  const { swarm, members } = found;
  if (swarm.state === 'inactive') return { node, outside: true };
  if (members) return { node, members };
  return { node, managers: swarm.managers.map((address) => address.replace(/:\d+$/, '')) };
}

/** Why nothing is known of a cluster's swarm; undefined when something is, or when it has none. */
export function whyUnknown(cluster: string, view: SwarmView): string | undefined {
  if (view.members) return undefined;
  const [manager] = view.managers;
  const [first] = manager ? [manager] : view.untrusted;
  if (first) return `the host key of ${first.name} is not known here (${trustWords(cluster, first.name)})`;
  return view.trouble || undefined;
}

/** The command that trusts a node of a cluster, whichever is chosen. */
export const trustWords = (cluster: string, node: string): string => `${clusterWords(cluster)}belt trust ${node}`;
