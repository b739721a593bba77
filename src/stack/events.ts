// What a program reads of a run on services: its events, the last of them the end.
import type { Context } from '../context.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { exitCodeOf, messageOf } from '../errors.ts';
import { withManager } from './manager.ts';

/** Works through a manager that answers, and tells the end, with what the run is about; of a plan there is but the plan. Gives the work's exit code. */
export async function withEvents(
  context: Context,
  about: Readonly<Record<string, string | readonly string[]>>,
  { plan }: { plan?: boolean | undefined },
  work: (engine: StackEngine) => Promise<number>,
): Promise<number> {
  const { out } = context;
  if (out.json && !plan) out.startEvents(context.clock);
  try {
    const code = await withManager(context, work);
    out.event('end', { ...about, exitCode: code });
    return code;
  } catch (error) {
    out.event('end', { ...about, error: messageOf(error), exitCode: exitCodeOf(error) });
    throw error;
  }
}
