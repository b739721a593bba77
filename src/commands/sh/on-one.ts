// One task, with this terminal.
import type { Context } from '../../context.ts';
import { lateWords, type ManyCommand, TIMED_OUT, TimeLimit } from '../../fleet/on-many.ts';
import type { Connection } from '../../ssh/connection.ts';
import { forward, type Pty } from '../../ssh/forward.ts';
import { atTask } from '../../tasks/at-task.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import type { Place } from '../../tasks/find.ts';
import { besideCommand, execCommand, findShell, type Streams } from './command.ts';
import { isBeside, type ShOptions } from './options.ts';
import { endingSilence } from './silence.ts';

interface What {
  argv: readonly string[];
  options: ShOptions;
}

/** Gives the exit code of the command. */
export async function onOne(
  context: Context,
  connections: SharedConnections,
  found: Place,
  { argv, options }: What,
): Promise<number> {
  const { stdin, stdout, stderr, stdinIsTerminal, interrupts, clock, out } = context;
  const hasTerminal = stdinIsTerminal && stdout.isTTY === true;
  // A shell without a terminal reads what it is to do; any other command takes no input from a script by surprise.
  const hasInput = hasTerminal || options.input === true || (argv.length === 0 && !stdinIsTerminal);
  const timeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
  const startMs = clock.now();
  const deadline = timeoutMs === undefined ? undefined : startMs + timeoutMs;
  const { connection, place, words } = await begin(context, connections, found, { argv, options, deadline });
  const limit = new TimeLimit(context, deadline, () => connection.destroy());
  const onSignal = (handler: (signal: NodeJS.Signals) => void) => {
    limit.start(handler);
    return interrupts.forward(handler);
  };
  try {
    const code = await endingSilence(context, { node: place.node, connection }, async () => {
      const streams = { hasTerminal, hasInput };
      const { command, kill } = await commandFor(context, connection, place, { argv: words, options, streams });
      const pty = hasTerminal ? await ptyOf(context) : undefined;
      const given = hasInput ? stdin : undefined;
      return forward(connection, command, { stdin: given, stdout, stderr, pty, onSignal, kill });
    });
    context.trace?.(`${place.node.name} in ${place.name} exit ${code} ${clock.now() - startMs} ms`);
    if (!limit.end) return code;
  } catch (error) {
    if (!limit.end) throw error;
  } finally {
    limit.stop();
  }
  out.nodeLine(`${place.name}: ${lateWords(limit.end, timeoutMs ?? 0)}`);
  return TIMED_OUT;
}

async function commandFor(
  context: Context,
  connection: Connection,
  place: Place,
  { argv, options, streams }: What & { streams: Streams },
): Promise<ManyCommand> {
  if (isBeside(options)) {
    if (argv.length === 0) context.out.note(`the files of ${place.name} are under /proc/1/root`);
    return besideCommand(connection, place, argv, { ...options, ...streams });
  }
  return execCommand(context, place, argv, { ...options, ...streams });
}

interface Begun {
  connection: Connection;
  place: Place;
  /** What is to run there. */
  words: readonly string[];
}

/** Looking for a shell shows whether the container is still there: if not, that of the task that took its place is taken. */
async function begin(
  context: Context,
  connections: SharedConnections,
  found: Place,
  { argv, options, deadline }: What & { deadline: number | undefined },
): Promise<Begun> {
  if (argv.length > 0 || isBeside(options)) {
    return { connection: await connections.connect(found.node, { deadline }), place: found, words: argv };
  }
  const { signal, out } = context;
  const look = (connection: Connection, at: Place) =>
    endingSilence(context, { node: at.node, connection }, () => findShell(connection, at));
  const { connection, at, begun } = await atTask(context, connections, { place: found, signal, deadline }, look);
  if (at !== found) out.note(`${at.name} is a new task now, on ${at.node.name}`);
  return { connection, place: at, words: [begun] };
}

async function ptyOf({ env, stdin }: Context): Promise<Pty> {
  const { enterRaw } = await import('../../output/raw.ts');
  return { term: env['TERM'] ?? 'xterm', enterRaw: (onKeys) => enterRaw(stdin, { passOutput: true, onKeys }) };
}
