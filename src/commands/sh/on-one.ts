// One task, with this terminal.
import type { Context } from '../../context.ts';
import { isRunning } from '../../engine/container.ts';
import { ContainerGone } from '../../engine/container-files.ts';
import { BeltError } from '../../errors.ts';
import { type ManyCommand, refusing } from '../../fleet/on-many.ts';
import { lateWords, TIMED_OUT, TimeLimit } from '../../fleet/time-limit.ts';
import type { Connection } from '../../ssh/connection.ts';
import { forward, type Pty } from '../../ssh/forward.ts';
import { atTask, TaskGone } from '../../tasks/at-task.ts';
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
  what: What,
): Promise<number> {
  const { stdin, stdout, stdinIsTerminal, clock } = context;
  const { argv, options } = what;
  const hasTerminal = stdinIsTerminal && stdout.isTTY === true;
  // A shell without a terminal reads what it is to do; any other command takes no input from a script by surprise.
  const hasInput = hasTerminal || options.input === true || (argv.length === 0 && !stdinIsTerminal);
  const timeoutMs = options.timeout === undefined ? undefined : options.timeout * 1000;
  const deadline = timeoutMs === undefined ? undefined : clock.now() + timeoutMs;
  const how: How = { ...what, streams: { hasTerminal, hasInput }, deadline, timeoutMs, stdin };
  try {
    if (hasTerminal || hasInput || isBeside(options) || argv.length === 0)
      return await afterLook(context, connections, found, how);
    // One look less: docker itself says where it is gone, before anything began.
    const connection = await connections.connect(found.node, { deadline });
    return await run(context, { connection, place: found, words: argv }, how).catch((error) => {
      if (!(error instanceof ContainerGone)) throw error;
      connections.release(connection);
      return afterLook(context, connections, found, how);
    });
  } catch (error) {
    if (error instanceof ContainerGone) throw goneSince(found, error);
    throw error;
  }
}

const AGAIN = 'run the same command again';

interface How extends What {
  streams: Streams;
  /** ms since the epoch. */
  deadline: number | undefined;
  timeoutMs: number | undefined;
  stdin: Context['stdin'];
}

const goneSince = ({ name }: Place, cause: unknown): BeltError =>
  new BeltError(`${name} ended before the command began`, { hint: AGAIN, cause });

/** In the task that took the place of the one that was found, where that is gone. */
async function afterLook(context: Context, connections: SharedConnections, found: Place, how: How): Promise<number> {
  return run(context, await begin(context, connections, found, how), how);
}

async function run(
  context: Context,
  { connection, place, words }: Begun,
  { options, streams, deadline, timeoutMs, stdin }: How,
): Promise<number> {
  const { stdout, stderr, interrupts, clock, out } = context;
  const { hasTerminal, hasInput } = streams;
  const startMs = clock.now();
  const limit = new TimeLimit(context, deadline, () => connection.destroy());
  const onSignal = (handler: (signal: NodeJS.Signals) => void) => {
    limit.start(handler);
    return interrupts.forward(handler);
  };
  try {
    const code = await endingSilence(context, { node: place.node, connection }, async () => {
      const made = await commandFor(context, connection, place, { argv: words, options, streams });
      const { command, kill } = made;
      const pty = hasTerminal ? await ptyOf(context) : undefined;
      const given = hasInput ? stdin : undefined;
      // A terminal has one stream for all.
      const refusal = hasTerminal ? undefined : made.refusal;
      return refusing(refusal, stderr, (own) =>
        forward(connection, command, { stdin: given, stdout, stderr: own, pty, onSignal, kill }),
      );
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

/** A look shows whether the container is still there: if not, that of the task that took its place is taken. */
async function begin(
  context: Context,
  connections: SharedConnections,
  found: Place,
  { argv, options, deadline }: How,
): Promise<Begun> {
  const { signal, out, clock } = context;
  const isShell = argv.length === 0 && !isBeside(options);
  const look = (connection: Connection, at: Place) =>
    endingSilence(context, { node: at.node, connection }, async () => {
      if (isShell) return [await findShell(connection, at)];
      if (at.task && !(await isRunning(connection, at.container, { clock, signal }))) {
        throw new ContainerGone(at.name, 404, 'it does not run');
      }
      return argv;
    });
  const { connection, at, begun } = await atTask(context, connections, { place: found, signal, deadline }, look).catch(
    (error: unknown) => {
      throw error instanceof TaskGone
        ? new BeltError(`${found.name}: ${error.message}`, { hint: error.hint, cause: error })
        : error;
    },
  );
  if (at !== found) out.note(`${at.name} is a new task now, on ${at.node.name}`);
  return { connection, place: at, words: begun };
}

async function ptyOf({ env, stdin }: Context): Promise<Pty> {
  const { enterRaw } = await import('../../output/raw.ts');
  return { term: env['TERM'] ?? 'xterm', enterRaw: (onKeys) => enterRaw(stdin, { passOutput: true, onKeys }) };
}
