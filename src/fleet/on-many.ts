// One command on many nodes, side by side. How it is shown is for the caller: every line behind its node's name, one JSON
// object a node, or kept until all have ended.
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { LimitFunction } from 'p-limit';
import type { Clock } from '../clock.ts';
import type { Context } from '../context.ts';
import { EXIT, messageOf } from '../errors.ts';
import { Collector, type Room } from '../ssh/collect.ts';
import type { Connection } from '../ssh/connection.ts';
import { forward } from '../ssh/forward.ts';
import { prefixed } from '../ssh/lines.ts';
import type { Node } from './node.ts';

/** What is kept of one stream, and of all that run at the same time, in bytes. */
const KEPT = { ofStream: 32 * 1024 * 1024, ofAll: 256 * 1024 * 1024 };

/** As timeout(1) has it. */
export const TIMED_OUT = 124;

/** How long a command that was told to end has for it, in ms. */
const GRACE_MS = 2_000;

export interface ManyCommand {
  /** One simple command, for a shell. */
  command: string;
  /** What `--trace` says of it. */
  told: string;
}

export interface NodeEnd {
  name: string;
  exitCode: number;
  /** Why there is no exit code of the command's own. */
  error?: string;
  /** It never began: another failed before, or the user interrupted. */
  isSkipped?: true;
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
}

/** Does the work, and something beside it. */
export type Beside = (at: { node: Node; connection: Connection }, work: () => Promise<number>) => Promise<number>;

/** Runs it everywhere and says how each ended, in the order of the nodes; one that cannot be reached has the exit code 255. */
export async function runOnMany(
  context: Context,
  nodes: readonly Node[],
  command: ManyCommand,
  { limit, stdin, show, timeoutMs, failFast, beside = (_at, work) => work() }: ManyOptions,
): Promise<NodeEnd[]> {
  const inputs = stdin ? sharedInput(stdin, nodes.length) : [];
  // Nodes that a Ctrl-C meets before their command began must not begin it after.
  const stopped = new AbortController();
  const forget = context.interrupts.on(() => stopped.abort(INTERRUPTED));
  return await Promise.all(
    nodes.map((node, index) =>
      limit(async () => {
        const sinks = show.sinks(index);
        const end = await onNode(context, node, command, {
          stdin: inputs[index],
          sinks,
          stopped: stopped.signal,
          timeoutMs,
          beside,
        });
        inputs[index]?.destroy();
        await sinks.finish();
        show.ended(index, end);
        if (failFast && end.exitCode !== 0 && !stopped.signal.aborted) stopped.abort(failedBefore(node));
        return end;
      }),
    ),
  ).finally(forget);
}

/** Why a node's command does not begin. */
type Stop = Pick<NodeEnd, 'exitCode' | 'error'>;

const INTERRUPTED: Stop = { exitCode: EXIT.interrupted, error: 'interrupted before it started' };

const failedBefore = ({ name }: Node): Stop => ({ exitCode: EXIT.failed, error: `not run: ${name} failed before` });

interface OnNode {
  stdin: Readable | undefined;
  sinks: Sinks;
  stopped: AbortSignal;
  timeoutMs: number | undefined;
  beside: Beside;
}

async function onNode(
  context: Context,
  node: Node,
  { command, told }: ManyCommand,
  { stdin, sinks, stopped, timeoutMs, beside }: OnNode,
): Promise<NodeEnd> {
  const { name } = node;
  const skipped = () => ({ name, ...(stopped.reason as Stop), isSkipped: true as const });
  if (stopped.aborted) return skipped();
  const { clock, signal } = context;
  const startMs = clock.now();
  const deadline = timeoutMs === undefined ? undefined : startMs + timeoutMs;
  try {
    const connection = await (await context.fleet()).connect(node, { deadline });
    const limit = new TimeLimit(context, deadline, () => connection.destroy());
    try {
      if (stopped.aborted) return skipped();
      const onSignal = (handler: (signal: NodeJS.Signals) => void) => {
        limit.start(handler);
        return context.interrupts.forward(handler);
      };
      const exitCode = await beside({ node, connection }, () =>
        forward(connection, command, { stdin, ...sinks, pty: undefined, onSignal }),
      );
      context.trace?.(`${name} ${told} exit ${exitCode} ${clock.now() - startMs} ms`);
      return limit.isOver ? timedOut(name, timeoutMs) : { name, exitCode };
    } catch (error) {
      if (limit.isOver) return timedOut(name, timeoutMs);
      throw error;
    } finally {
      limit.stop();
      connection.end();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { name, exitCode: EXIT.unreachable, error: messageOf(error) };
  }
}

const timedOut = (name: string, timeoutMs = 0): NodeEnd => ({
  name,
  exitCode: TIMED_OUT,
  error: `ended after ${timeoutMs / 1000} s, its --timeout`,
});

/** Tells a command to end at the deadline, and cuts its connection when it does not. */
class TimeLimit {
  isOver = false;
  readonly #clock: Clock;
  readonly #deadline: number | undefined;
  readonly #cut: () => void;
  readonly #ended = new AbortController();

  constructor({ clock }: Pick<Context, 'clock'>, deadline: number | undefined, cut: () => void) {
    this.#clock = clock;
    this.#deadline = deadline;
    this.#cut = cut;
  }

  start(send: (signal: NodeJS.Signals) => void): void {
    // Rejected by `stop`: the command ended before.
    if (this.#deadline !== undefined) this.#watch(send, this.#deadline).catch(() => {});
  }

  stop(): void {
    this.#ended.abort();
  }

  async #watch(send: (signal: NodeJS.Signals) => void, deadline: number): Promise<void> {
    await this.#clock.sleep(Math.max(0, deadline - this.#clock.now()), this.#ended.signal);
    this.isOver = true;
    send('SIGTERM');
    await this.#clock.sleep(GRACE_MS, this.#ended.signal);
    this.#cut();
  }
}

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

/** Every line as it comes, behind its node's name. */
export function prefixedLines({ out, stdout, stderr }: Context, nodes: readonly Node[]): Show {
  const shown = nodes.map(({ name }) => out.safeLine(name));
  const longest = Math.max(...shown.map((name) => name.length));
  const head = (index: number) => `${shown[index]!.padEnd(longest)} | `;
  return {
    sinks: (index) => {
      const both = [prefixed(head(index), stdout), prefixed(head(index), stderr)] as const;
      const finish = async () => {
        await Promise.all(both.map((sink) => new Promise<void>((done) => sink.end(done))));
      };
      return { stdout: both[0], stderr: both[1], finish };
    },
    ended: (index, { error }) => {
      if (error !== undefined) stderr.write(`${head(index)}error: ${out.safeLine(error)}\n`);
    },
  };
}

/** One JSON object a node, as each ends. */
export function jsonRecords({ out }: Context): Show {
  const kept = new KeptOutput();
  return {
    sinks: (index) => kept.sinks(index),
    ended: (index, { name, isSkipped: _, ...end }) => out.record({ node: name, ...end, ...kept.take(index) }),
  };
}

export interface Output {
  stdout: string;
  stderr: string;
  /** There was more than can be kept. */
  truncated?: true;
}

/** What the nodes print, as far as there is room for it. */
export class KeptOutput {
  readonly #room: Room = { left: KEPT.ofAll };
  readonly #streams = new Map<number, { stdout: Collector; stderr: Collector }>();

  sinks(index: number): Sinks {
    const streams = {
      stdout: new Collector(KEPT.ofStream, this.#room),
      stderr: new Collector(KEPT.ofStream, this.#room),
    };
    this.#streams.set(index, streams);
    return { ...streams, finish: async () => {} };
  }

  /** Gives it, and its room back. */
  take(index: number): Output {
    const { stdout, stderr } = this.#streams.get(index)!;
    this.#streams.delete(index);
    return {
      stdout: stdout.take(),
      stderr: stderr.take(),
      ...((stdout.truncated || stderr.truncated) && { truncated: true as const }),
    };
  }
}
