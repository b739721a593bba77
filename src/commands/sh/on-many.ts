// A command in several tasks, side by side, each line behind its task's name.
import pLimit from 'p-limit';
import type { Context } from '../../context.ts';
import { count } from '../../count.ts';
import { BeltError, EXIT, NodesFailed } from '../../errors.ts';
import { type ManyCommand, type NodeEnd, runOnTargets, type Show, type Target } from '../../fleet/on-many.ts';
import { jsonRecords, prefixedLines } from '../../fleet/show-many.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import type { Place, Unreached, Waiting } from '../../tasks/find.ts';
import { tellEnds } from '../../tasks/tell-ends.ts';
import { besideCommand, execCommand } from './command.ts';
import { isBeside, type ShOptions } from './options.ts';
import { endingSilence } from './silence.ts';

/** How many tasks run the command at a time. */
const AT_ONCE = 64;

interface What {
  argv: readonly string[];
  options: ShOptions;
  /** Tasks that are to run and do not, which are told. */
  others?: readonly Waiting[];
  /** Tasks that cannot be reached: each is a failure. */
  unreached?: readonly Unreached[];
}

/** Gives the exit code of the one; 3 where some failed or do not run, else the highest. */
export async function onMany(
  context: Context,
  connections: SharedConnections,
  places: readonly Place[],
  { argv, options, others = [], unreached = [] }: What,
): Promise<number> {
  const { out, stdin } = context;
  const streams = { hasTerminal: false, hasInput: options.input === true };
  const how = { ...options, ...streams };
  const targets = places.map((place): Target => {
    const command = isBeside(options)
      ? (connection: Connection) => besideCommand(connection, place, argv, how)
      : toldApart(execCommand(context, place, argv, how));
    return { node: place.node, name: place.name, command };
  });
  const all = [...places.map(({ name, node }) => ({ name, node: node.name })), ...unreached];
  const about = (index: number) => ({ task: all[index]!.name, node: all[index]!.node });
  const show = out.json ? jsonRecords(context, about) : prefixedLines(context, all);
  const lost = unreached.map((one, n) => showLost(show, places.length + n, one));
  const ran = await runOnTargets(context, targets, {
    // One that waited for its turn would hold up the input of the others.
    limit: pLimit({ concurrency: options.input ? places.length : AT_ONCE, rejectOnClear: true }),
    stdin: options.input ? stdin : undefined,
    show,
    timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
    connections,
    beside: (at, work) => endingSilence(context, at, work),
  });
  const ends = [...ran, ...lost];
  const code = tellEnds(out, ends, { others });
  if (out.json) throwFailed(ends, code);
  return code;
}

/** What stands behind the task's name. */
function toldApart({ refusal, ...command }: ManyCommand): ManyCommand {
  const gone = () => new BeltError('it ended before the command began', { hint: 'run the same command again' });
  return { ...command, ...(refusal && { refusal: { ...refusal, read: (words) => refusal.read(words) && gone() } }) };
}

/** What a program finds on stderr, beside the records. A command's own exit code is no failure of belt's where it is the only one. */
function throwFailed(ends: readonly NodeEnd[], code: number): void {
  const failed = ends.filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0 || (ends.length === 1 && failed[0]!.error === undefined)) return;
  throw new TasksFailed(`${failed.length} of ${count(ends.length, 'task')} failed`, failed, code);
}

class TasksFailed extends NodesFailed {
  override readonly exitCode: number;

  constructor(message: string, failed: readonly NodeEnd[], exitCode: number) {
    const failures = failed.map(({ name, exitCode: own, error = `exit code ${own}`, hint }) => ({
      name,
      error: new BeltError(error, { hint }),
    }));
    super(message, { failures });
    this.exitCode = exitCode;
  }
}

function showLost(show: Show, index: number, { name, error: { message: error, hint } }: Unreached): NodeEnd {
  const end = { name, exitCode: EXIT.unreachable, error, ...(hint !== undefined && { hint }) };
  show.sinks(index);
  show.ended(index, end);
  return end;
}
