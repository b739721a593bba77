// What the user's docker waits for is for the user to know: where an engine keeps silent, a terminal is told which.
import type { Context } from '../../context.ts';
import type { Node } from '../../model/node.ts';
import type { Connection } from '../../ssh/connection.ts';

/** A command that takes so long is nothing unusual; an engine that answers no ping within the other is. */
const LOOK_EVERY_MS = 10_000;
const ANSWER_MS = 5_000;

/**
 * The work, which may take as long as it wants. Where it takes long, the engine is asked for a sign of life on the same connection,
 * and one that gives none is told of, once.
 */
export async function tellingSilence<T>(
  context: Context,
  { node, connection }: { node: Node; connection: Connection },
  work: () => Promise<T>,
): Promise<T> {
  if (context.stderr.isTTY !== true) return await work();
  const ended = new AbortController();
  const watched = watch(context, { node, connection, signal: AbortSignal.any([context.signal, ended.signal]) });
  try {
    return await work();
  } finally {
    ended.abort();
    await watched;
  }
}

async function watch(
  { clock, out }: Context,
  { node, connection, signal }: { node: Node; connection: Connection; signal: AbortSignal },
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(LOOK_EVERY_MS, signal);
      const { engine, isLate } = await import('../../engine/engine.ts');
      try {
        await engine(connection, { clock, signal, deadline: clock.now() + ANSWER_MS }).ping();
      } catch (error) {
        signal.throwIfAborted();
        if (!isLate(error)) continue;
        return out.note(`${node.name}: its Docker engine does not answer; docker waits for it until you press Ctrl-C`);
      }
    }
  } catch (error) {
    // The command ended, which is what it was about.
    if (!signal.aborted) throw error;
  }
}
