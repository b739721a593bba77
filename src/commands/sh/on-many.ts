// A command in several tasks, side by side, each line behind its task's name.
import pLimit from 'p-limit';
import type { Context } from '../../context.ts';
import { EXIT } from '../../errors.ts';
import { runOnTargets, type Target } from '../../fleet/on-many.ts';
import { jsonRecords, prefixedLines } from '../../fleet/show-many.ts';
import type { Connection } from '../../ssh/connection.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import { type Place, statesOf, type Waiting } from '../../tasks/find.ts';
import { besideCommand, execCommand } from './command.ts';
import { isBeside, type ShOptions } from './options.ts';

/** How many tasks run the command at a time. */
const AT_ONCE = 64;

/** `others`: tasks that are to run and do not, which are told. Gives the exit code of the one; 3 where some failed or do not run, else the highest. */
export async function onMany(
  context: Context,
  connections: SharedConnections,
  places: readonly Place[],
  { argv, options, others = [] }: { argv: readonly string[]; options: ShOptions; others?: readonly Waiting[] },
): Promise<number> {
  const { out, stdin } = context;
  const streams = { hasTerminal: false, hasInput: options.input === true };
  const how = { ...options, ...streams };
  const targets = places.map((place): Target => {
    const command = isBeside(options)
      ? (connection: Connection) => besideCommand(connection, place, argv, how)
      : execCommand(context, place, argv, how);
    return { node: place.node, name: place.name, command };
  });
  const about = (index: number) => ({ task: places[index]!.name, node: places[index]!.node.name });
  const ends = await runOnTargets(context, targets, {
    // One that waited for its turn would hold up the input of the others.
    limit: pLimit({ concurrency: options.input ? places.length : AT_ONCE, rejectOnClear: true }),
    stdin: options.input ? stdin : undefined,
    show: out.json ? jsonRecords(context, about) : prefixedLines(context, places),
    timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
    connections,
  });
  const failed = ends.filter(({ exitCode }) => exitCode !== 0).map(({ name }) => name);
  if (!out.json && ends.length > 1) {
    out.note(
      `${ends.length - failed.length} ok${failed.length === 0 ? '' : `, ${failed.length} failed: ${failed.join(', ')}`}`,
    );
  }
  if (others.length > 0) {
    const names = others.map(({ name }) => name);
    out.warn(`${names.join(', ')} ${names.length === 1 ? 'does' : 'do'} not run (${statesOf(others)})`, {
      tasks: names,
    });
  }
  const isMixed = others.length > 0 || (failed.length > 0 && failed.length < ends.length);
  return isMixed ? EXIT.someNodesFailed : Math.max(...ends.map(({ exitCode }) => exitCode));
}
