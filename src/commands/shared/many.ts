// One command on many nodes, side by side: every line behind its node's name, or one JSON object a node.
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { LimitFunction } from 'p-limit';
import type { Context } from '../../context.ts';
import { EXIT, messageOf } from '../../errors.ts';
import type { Node } from '../../fleet.ts';
import { Collector, type Room } from '../../ssh/collect.ts';
import { forward } from '../../ssh/forward.ts';
import { prefixed } from '../../ssh/lines.ts';

/** What `--json` keeps of one stream, and of all that run at the same time, in bytes. */
const KEPT = { ofStream: 32 * 1024 * 1024, ofAll: 256 * 1024 * 1024 };

export interface ManyCommand {
  /** For a shell. */
  command: string;
  /** What `--trace` says of it. */
  told: string;
}

/**
 * Runs it everywhere and gives the highest exit code; a node that cannot be reached counts as 255. `stdin`, where there is one,
 * goes to every node.
 */
export async function dockerOnMany(
  context: Context,
  nodes: readonly Node[],
  command: ManyCommand,
  { limit, stdin }: { limit: LimitFunction; stdin: Readable | undefined },
): Promise<number> {
  const inputs = stdin ? sharedInput(stdin, nodes.length) : [];
  const room: Room = { left: KEPT.ofAll };
  // Nodes that a Ctrl-C meets before their command began must not begin it after.
  const stopped = new AbortController();
  const forget = context.interrupts.on(() => stopped.abort());
  const shown = nodes.map(({ name }) => context.out.safeLine(name));
  const longest = Math.max(...shown.map((name) => name.length));
  const codes = await Promise.all(
    nodes.map((node, index) =>
      limit(async () => {
        const name = shown[index]!.padEnd(longest);
        const sinks = context.out.json ? collected(room) : prefixedSinks(context, name);
        const end = await onNode(context, node, command, inputs[index], sinks, stopped.signal);
        inputs[index]?.destroy();
        await sinks.finish();
        if (context.out.json) context.out.record({ node: node.name, ...end, ...sinks.text?.() });
        else if (end.error !== undefined) context.stderr.write(`${name} | error: ${context.out.safeLine(end.error)}\n`);
        return end.exitCode;
      }),
    ),
  ).finally(forget);
  return Math.max(...codes);
}

interface NodeEnd {
  exitCode: number;
  error?: string;
}

interface Sinks {
  stdout: Writable;
  stderr: Writable;
  finish: () => Promise<void>;
  text?: () => { stdout: string; stderr: string; truncated?: true };
}

async function onNode(
  context: Context,
  node: Node,
  { command, told }: ManyCommand,
  stdin: Readable | undefined,
  sinks: Sinks,
  stopped: AbortSignal,
): Promise<NodeEnd> {
  const interrupted = { exitCode: EXIT.interrupted, error: 'interrupted before it started' };
  if (stopped.aborted) return interrupted;
  const startMs = context.clock.now();
  try {
    const connection = await (await context.fleet()).connect(node);
    try {
      if (stopped.aborted) return interrupted;
      const exitCode = await forward(connection, command, {
        stdin,
        ...sinks,
        pty: undefined,
        onSignal: context.interrupts.forward,
      });
      context.trace?.(`${node.name} ${told} exit ${exitCode} ${context.clock.now() - startMs} ms`);
      return { exitCode };
    } finally {
      connection.end();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    return { exitCode: EXIT.unreachable, error: messageOf(error) };
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

function prefixedSinks(context: Context, name: string): Sinks {
  const stdout = prefixed(`${name} | `, context.stdout);
  const stderr = prefixed(`${name} | `, context.stderr);
  const finish = async () => {
    await Promise.all([stdout, stderr].map((sink) => new Promise<void>((done) => sink.end(done))));
  };
  return { stdout, stderr, finish };
}

function collected(room: Room): Sinks {
  const stdout = new Collector(KEPT.ofStream, room);
  const stderr = new Collector(KEPT.ofStream, room);
  const text = () => ({
    stdout: stdout.take(),
    stderr: stderr.take(),
    ...((stdout.truncated || stderr.truncated) && { truncated: true as const }),
  });
  return { stdout, stderr, finish: async () => {}, text };
}
