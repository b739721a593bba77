// One command on many nodes, side by side. How it is shown is for the caller (show-many.ts has ways).
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { LimitFunction } from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError, EXIT, messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import { FirstWords } from '../ssh/first-words.ts';
import { forward, type Kill } from '../ssh/forward.ts';
import type { ReachPatience } from './fleet.ts';
import { type Late, lateWords, TIMED_OUT, TimeLimit } from './time-limit.ts';

export interface ManyCommand {
  /** One simple command, for a shell. */
  command: string;
  /** What `--trace` says of it. */
  told: string;
  /** As `forward` has it. */
  kill?: Kill;
  /** Why it never began, where that is known from all that it wrote to stderr, which then is not shown. */
  refusal?: Refusal;
}

export interface Refusal {
  /** How such words begin. */
  beginnings: readonly string[];
  /** Undefined where the command itself may have said it. */
  read: (words: string) => BeltError | undefined;
}

export interface NodeEnd {
  name: string;
  exitCode: number;
  /** Why there is no exit code of the command's own. */
  error?: string;
  /** What helps. */
  hint?: string;
  /** It never began: another failed before, or the user interrupted. */
  isSkipped?: true;
  /** A signal that was passed on to it while it ran is why it ended, as far as can be told: it did not end well. */
  isInterrupted?: true;
}

/** Where one node's output goes. */
export interface Sinks {
  stdout: Writable;
  stderr: Writable;
  /** Passes on what is still held. */
  finish(): Promise<void>;
}

export interface Show {
  /** Of the node at this place in the list. */
  sinks(index: number): Sinks;
  ended(index: number, end: NodeEnd): void;
}

export interface ManyOptions {
  limit: LimitFunction;
  /** Goes to every node. */
  stdin?: Readable | undefined;
  show: Show;
  /** A node's command that takes longer is ended. */
  timeoutMs?: number | undefined;
  /** After a failure no node begins. */
  failFast?: boolean | undefined;
  /** What goes on beside the command while it runs. */
  beside?: Beside | undefined;
  /** Where connections come from, where several of the commands share one; else each has its own. */
  connections?: Connections | undefined;
}

/** Connections to nodes. */
export interface Connections {
  connect(node: Node, patience: ReachPatience): Promise<Connection>;
  /** One who was given it no longer needs it. */
  release(connection: Connection): void;
}

/** A node, and the command that is its own. */
export interface Target {
  node: Node;
  /** What it is called in the output; by default as the node. */
  name?: string;
  /** Where it depends on what the node has, it is made once that is reached. */
  command: ManyCommand | ((connection: Connection) => Promise<ManyCommand>);
}

/** Does the work, and something beside it. */
export type Beside = (at: { node: Node; connection: Connection }, work: () => Promise<number>) => Promise<number>;

/** Runs it everywhere and says how each ended, in the order of the nodes; one that cannot be reached has the exit code 255. */
export const runOnMany = (
  context: Context,
  nodes: readonly Node[],
  command: ManyCommand,
  options: ManyOptions,
): Promise<NodeEnd[]> =>
  runOnTargets(
    context,
    nodes.map((node) => ({ node, command })),
    options,
  );

/** The same where each has a command of its own, and some may be on one node. */
export async function runOnTargets(
  context: Context,
  targets: readonly Target[],
  { limit, stdin, show, timeoutMs, failFast, beside = (_at, work) => work(), connections }: ManyOptions,
): Promise<NodeEnd[]> {
  const inputs = stdin ? sharedInput(stdin, targets.length) : [];
  // Nodes that a Ctrl-C meets before their command began must not begin it after.
  const stopped = new AbortController();
  const forget = context.interrupts.on(() => stopped.abort(INTERRUPTED));
  return await Promise.all(
    targets.map((target, index) =>
      limit(async () => {
        const sinks = show.sinks(index);
        const end = await onTarget(context, target, {
          stdin: inputs[index],
          sinks,
          stopped: stopped.signal,
          timeoutMs,
          beside,
          connections: connections ?? (await ownConnections(context)),
        });
        inputs[index]?.destroy();
        await sinks.finish();
        show.ended(index, end);
        if (failFast && end.exitCode !== 0 && !stopped.signal.aborted) stopped.abort(failedBefore(end));
        return end;
      }),
    ),
  ).finally(forget);
}

/** Why a node's command does not begin. */
type Stop = Pick<NodeEnd, 'exitCode' | 'error'>;

const INTERRUPTED: Stop = { exitCode: EXIT.interrupted, error: 'interrupted before it started' };

const failedBefore = ({ name }: NodeEnd): Stop => ({ exitCode: EXIT.failed, error: `not run: ${name} failed before` });

async function ownConnections(context: Context): Promise<Connections> {
  const fleet = await context.fleet();
  return {
    connect: (node, patience) => fleet.connect(node, patience),
    release: (connection) => connection.end(),
  };
}

interface OnTarget {
  stdin: Readable | undefined;
  sinks: Sinks;
  stopped: AbortSignal;
  timeoutMs: number | undefined;
  beside: Beside;
  connections: Connections;
}

async function onTarget(
  context: Context,
  { node, name = node.name, command: own }: Target,
  { stdin, sinks, stopped, timeoutMs, beside, connections }: OnTarget,
): Promise<NodeEnd> {
  const skipped = () => ({ name, ...(stopped.reason as Stop), isSkipped: true as const });
  if (stopped.aborted) return skipped();
  const { clock, signal } = context;
  const startMs = clock.now();
  const deadline = timeoutMs === undefined ? undefined : startMs + timeoutMs;
  let began = false;
  let isSignalled: boolean = false;
  try {
    const patience = { deadline, signal: AbortSignal.any([signal, stopped]) };
    const connection = await connections.connect(node, patience);
    const limit = new TimeLimit(context, deadline, () => connection.destroy());
    try {
      const { command, told, kill, refusal } = typeof own === 'function' ? await own(connection) : own;
      if (stopped.aborted) return skipped();
      began = true;
      const onSignal = (handler: (signal: NodeJS.Signals) => void) => {
        limit.start(handler);
        return context.interrupts.forward((name) => {
          isSignalled ||= ENDS.has(name);
          handler(name);
        });
      };
      const exitCode = await beside({ node, connection }, () =>
        refusing(refusal, sinks.stderr, (stderr) =>
          forward(connection, command, { stdin, ...sinks, stderr, pty: undefined, onSignal, kill }),
        ),
      );
      context.trace?.(`${name} ${told} exit ${exitCode} ${clock.now() - startMs} ms`);
      if (limit.end) return timedOut(name, timeoutMs, limit.end);
      return { name, exitCode, ...(isSignalled && exitCode !== 0 ? { isInterrupted: true as const } : {}) };
    } catch (error) {
      if (limit.end) return timedOut(name, timeoutMs, limit.end);
      throw error;
    } finally {
      limit.stop();
      connections.release(connection);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (stopped.aborted && !began) return skipped();
    const hint = error instanceof BeltError ? error.hint : undefined;
    return { name, exitCode: EXIT.unreachable, error: messageOf(error), ...(hint !== undefined && { hint }) };
  }
}

/** A command whose refusal is told in belt's words. @throws what `read` made of it */
export async function refusing(
  refusal: Refusal | undefined,
  stderr: Writable,
  run: (stderr: Writable) => Promise<number>,
): Promise<number> {
  if (!refusal) return run(stderr);
  const words = new FirstWords(stderr, refusal.beginnings);
  try {
    const code = await run(words);
    const error = code === 0 ? undefined : refusal.read(words.held);
    if (!error) return code;
    words.discard();
    throw error;
  } finally {
    words.release();
  }
}

/** Signals that a command rarely survives. */
const ENDS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);

const timedOut = (name: string, timeoutMs = 0, end: Late): NodeEnd => ({
  name,
  exitCode: TIMED_OUT,
  error: lateWords(end, timeoutMs),
});

/** A copy of the input for every node; the slowest sets the pace. */
function sharedInput(stdin: Readable, count: number): PassThrough[] {
  const copies = Array.from({ length: count }, () => new PassThrough());
  for (const copy of copies) {
    stdin.pipe(copy);
    copy.on('close', () => stdin.unpipe(copy));
    copy.on('error', () => {});
  }
  return copies;
}
