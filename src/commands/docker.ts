import pLimit from 'p-limit';
import { command } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { dockerCommand } from '../engine/argv.ts';
import { asksForTerminal, type DockerInput, dockerInput } from '../engine/docker-input.ts';
import { type DockerLine, readDockerLine, valuesOf } from '../engine/docker-line.ts';
import { BeltError } from '../errors.ts';
import { runOnMany } from '../fleet/on-many.ts';
import { jsonRecords, prefixedLines } from '../fleet/show-many.ts';
import type { Node } from '../model/node.ts';
import { traceWords } from '../output/docker-trace.ts';
import { forward, type Pty, type TerminalIn } from '../ssh/forward.ts';
import { inputFor, refuseNodeFiles } from './docker/node-files.ts';
import { tellingSilence } from './docker/silence.ts';
import { ofConnecting, refuseNodeAsHost, targets } from './docker/targets.ts';

export default command({
  arguments: '[words...]',
  usage: '<docker’s words...>',
  summary: 'run docker on the active node, or on the nodes of --host',
  examples: [
    ['belt docker service ls', 'on the active node'],
    ["belt --host 'node[1:4]' docker pull nginx", 'on all four, in parallel'],
    ['belt docker save app | belt --host node2 docker load', 'bytes pass through'],
  ],
  takesFirst: true,
  passThrough: 'all',
  run: (context, { words }) => docker(context, words),
});

/** How many nodes run a command at a time. */
const AT_ONCE = 32;

/** `belt docker` — the user's words, byte for byte, to docker on one node or on many. Gives the remote exit code. */
async function docker(context: Context, words: readonly string[]): Promise<number> {
  const command = dockerCommand(words);
  const line = readDockerLine(words);
  refuseNodeAsHost(line);
  await refuseNodeFiles(context, words, line);
  const nodes = await targets(context);
  const tellShut = await lookAtPorts(context, words, line);
  const code = await run(context, nodes, command, line);
  if (code === 0) await tellShut?.();
  return code;
}

async function run(context: Context, nodes: readonly Node[], command: string, line: DockerLine): Promise<number> {
  const input = dockerInput(line);
  const [node, ...others] = nodes;
  if (node && others.length === 0 && !context.out.json) return onOne(context, node, command, { line, input });
  // What is piped in goes to all; a terminal's input goes to none.
  const stdin = input === 'none' || context.stdinIsTerminal ? undefined : await inputFor(context, line, context.stdin);
  // At the pace of the slowest: a node that waited for its turn would hold up the others.
  const concurrency = stdin ? Math.max(AT_ONCE, nodes.length) : AT_ONCE;
  const limit = pLimit({ concurrency, rejectOnClear: true });
  const show = context.out.json ? jsonRecords(context) : prefixedLines(context, nodes);
  const ends = await runOnMany(
    context,
    nodes,
    { command, told: traceWords(line.words) },
    {
      limit,
      stdin,
      show,
      beside: (at, work) => tellingSilence(context, at, work),
    },
  );
  return Math.max(...ends.map(({ exitCode }) => exitCode));
}

/** Only where the words may publish a port: all other commands are to wait for nothing. */
async function lookAtPorts(
  context: Context,
  words: readonly string[],
  line: DockerLine,
): Promise<(() => Promise<void>) | undefined> {
  const isOfService = line.command === 'service create' || line.command === 'service update';
  const mayPublish = isOfService && valuesOf(line, 'publish', 'publish-add').length > 0;
  if (!mayPublish || context.out.quiet) return undefined;
  return (await import('../provision/published-ports.ts')).lookAtPorts(context, words);
}

async function onOne(
  context: Context,
  node: Node,
  command: string,
  { line, input }: { line: DockerLine; input: DockerInput },
): Promise<number> {
  const { stdout, stderr, clock } = context;
  const stdin = input === 'none' ? undefined : ((await inputFor(context, line, context.stdin)) as TerminalIn);
  const pty = await ptyFor(context, { line, input });
  const fleet = await context.fleet();
  const connection = await fleet.connect(node).catch(async (error) => {
    throw await ofConnecting(context, node, error);
  });
  const startMs = clock.now();
  try {
    const onSignal = context.interrupts.forward;
    const code = await tellingSilence(context, { node, connection }, () =>
      forward(connection, command, { stdin, stdout, stderr, pty, onSignal }),
    );
    context.trace?.(`${node.name} ${traceWords(line.words)} exit ${code} ${clock.now() - startMs} ms`);
    return code;
  } catch (error) {
    if (error instanceof BeltError) throw error;
    throw new BeltError(`${node.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    connection.end();
  }
}

/**
 * The terminal that docker gets on the node: one with keys where it may read from the terminal here; one to write to where it
 * reads nothing and all that it prints comes to this terminal (`docker pull` draws its progress).
 */
async function ptyFor(
  context: Context,
  { line, input }: { line: DockerLine; input: DockerInput },
): Promise<Pty | undefined> {
  const { stdout, stderr, env, stdinIsTerminal } = context;
  const toTerminal = stdout.isTTY === true;
  const term = env['TERM'] ?? 'xterm';
  if (input === 'terminal' && stdinIsTerminal) {
    const { enterRaw } = await import('../output/raw.ts');
    return { term, enterRaw: (onKeys) => enterRaw(context.stdin, { passOutput: toTerminal, onKeys }) };
  }
  const onlyWrites = input === 'none' && toTerminal && (stderr.isTTY === true || asksForTerminal(line));
  return onlyWrites ? { term } : undefined;
}
