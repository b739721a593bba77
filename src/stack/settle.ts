// The end of a deployment: every service runs, or it is said why not.
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { StackEngine, TasksOf } from '../engine/stack-calls.ts';
import { BeltError, messageOf, NodesFailed } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { type Cause, causeLines, causeOf } from './causes.ts';
import { converge, type Wait, type Watched } from './converge.ts';

export interface Settling {
  /** Whose tasks to look at. */
  of: TasksOf;
  services: readonly Watched[];
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
  timeoutS: number;
  /** ms since the epoch; after timeoutS where a run had nothing to wait for before. */
  deadline?: number | undefined;
  since?: Wait['since'];
}

/** Waits until each service runs or cannot. Gives the causes of those that cannot. */
export async function settle(context: Context, engine: StackEngine, settling: Settling): Promise<Cause[]> {
  const { deadline = context.clock.now() + settling.timeoutS * 1000 } = settling;
  const failed = await converge(context, engine, { ...settling, deadline });
  return Promise.all(failed.map((service) => causeOf(context, engine, service)));
}

/** The cause of a service that the engine refused. */
export const refusal = (name: string, error: unknown): Cause => ({
  name,
  why: messageOf(error),
  rolledBack: false,
  error: undefined,
  exitCode: undefined,
  node: undefined,
  health: undefined,
  logs: [],
});

/** `all`: how many services there are; without a stack they are any. @throws NodesFailed */
export function throwFailed(
  stack: string | undefined,
  all: number,
  causes: readonly Cause[],
  hint = stack === undefined ? undefined : seePs(stack),
): void {
  if (causes.length === 0) return;
  const names = causes.map(({ name }) => name);
  const head = stack === undefined ? '' : `${stack}: `;
  throw new NodesFailed(`${head}${causes.length} of ${count(all, 'service')} failed: ${names.join(', ')}`, {
    failures: causes.map(({ name, why }) => ({ name, error: new BeltError(why) })),
    lines: causes.flatMap(causeLines),
    hint: hint ?? `see: belt docker service ps --no-trunc ${names.map(quoteWord).join(' ')}`,
  });
}

const seePs = (stack: string): string => `see: belt stack ps ${quoteWord(stack)}`;

export const notWaiting = (stack: string): string =>
  `not waiting for the services; see: belt stack ps ${quoteWord(stack)}`;
