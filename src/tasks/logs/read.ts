// The logs of many nodes as one: the earliest line first, each node's failure its own.
import type { Context } from '../../context.ts';
import { eachNode } from '../../fleet/each-node.ts';
import type { Failure } from '../../fleet/failures.ts';
import type { Node } from '../../model/node.ts';
import { abortedWith } from '../../wait.ts';
import { type FleetContainer, isNamed } from '../containers.ts';
import { checkNames } from '../names.ts';
import { type LogRequest, NoLogs } from './container-log.ts';
import { holdNode } from './held-node.ts';
import { Merge, type MergedLine } from './merge.ts';
import { NodeLogs, type Wanted } from './node-logs.ts';

const AT_ONCE = 32;
/** Nothing depends on it: it looks whether there is something to do. */
const LONGEST_SLEEP_MS = 60_000;

export interface ShownLogs {
  /** Told of the containers that are read from the beginning. */
  expect(containers: readonly FleetContainer[]): void;
  /** Resolves when there is room for more. */
  lines(lines: readonly MergedLine<FleetContainer>[]): Promise<void>;
  tell: Wanted['tell'];
}

/**
 * Reads the logs of the containers that the words name, until all are read or, with `follow`, until the signal. Gives what is missing.
 * @throws UsageError when a word names nothing
 */
export async function readLogs(
  context: Context,
  nodes: readonly Node[],
  words: readonly string[],
  { request, show }: { request: LogRequest; show: ShownLogs },
): Promise<Failure[]> {
  const { done, failures: failed } = await eachNode(context, nodes, (node) => holdNode(context, node), {
    atOnce: AT_ONCE,
  });
  const failures: Failure[] = [...failed];
  const mute: NoLogs[] = [];
  const held = new Map(done.map(({ node, result }) => [node, result]));
  try {
    checkNames(context, words, {
      things: [...held.values()].flatMap(({ containers }) => containers),
      answered: held.size,
      failed: failures.length,
      orNodes: false,
      hint: 'see: belt ps -a',
    });
    if (request.follow) for (const { node, error } of failed) show.tell.missing(node, error);
    const merge = new Merge<FleetContainer>({ follow: request.follow });
    const tell = tellTrouble(show.tell, { mute, failures, follow: request.follow });
    const isWanted = (container: FleetContainer) => words.some((word) => isNamed(word, container));
    const logs = new Map(nodes.map((node) => [node, new NodeLogs(context, node, { request, isWanted, merge, tell })]));
    const wanted = [...held.values()].flatMap(({ containers }) => containers.filter(isWanted));
    show.expect(wanted);
    for (const [node, { containers }] of held) logs.get(node)!.expect(containers);
    const readers = nodes.map(async (node) => {
      const here = held.get(node);
      if (request.follow) return await logs.get(node)!.follow(here);
      if (here) await logs.get(node)!.once(here);
    });
    const reading = Promise.allSettled(readers);
    try {
      await pump(context, merge, { show, isOver: () => !request.follow && merge.isOver });
    } finally {
      merge.close();
    }
    const ends = await reading;
    for (const [n, end] of ends.entries()) {
      if (end.status === 'rejected') failures.push({ name: nodes[n]!.name, error: end.reason });
    }
    if (mute.length > 0 && mute.length === wanted.length) throw mute[0];
    return failures;
  } finally {
    for (const one of held.values()) one.end();
  }
}

/** Keeps in mind which logs could not be read, and why. */
const tellTrouble = (
  tell: Wanted['tell'],
  { mute, failures, follow }: { mute: NoLogs[]; failures: Failure[]; follow: boolean },
): Wanted['tell'] => ({
  ...tell,
  unreadable: (container, error) => {
    const isMute = error instanceof NoLogs;
    if (isMute) mute.push(error);
    else failures.push({ name: container.node.name, error });
    // What failed is told at the end, if there is one.
    if (isMute || follow) tell.unreadable(container, error);
  },
});

async function pump(
  { clock, signal }: Context,
  merge: Merge<FleetContainer>,
  { show, isOver }: { show: ShownLogs; isOver: () => boolean },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const lines = merge.take(clock.now());
    if (lines.length > 0) await show.lines(lines);
    else if (isOver()) return;
    else {
      const { afterMs, woken } = merge.next(clock.now());
      const { own, forget } = abortedWith(signal);
      const slept = clock.sleep(Math.min(afterMs, LONGEST_SLEEP_MS), own.signal);
      slept.catch(() => {});
      await Promise.race([woken, slept]).finally(() => {
        forget();
        own.abort(new Error('woken'));
      });
    }
  }
}
