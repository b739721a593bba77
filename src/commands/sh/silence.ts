// An engine that hangs would hold `belt sh` for ever, without a word: docker has no time limit of its own.
import type { Context } from '../../context.ts';
import { Unreachable } from '../../errors.ts';
import type { Node } from '../../model/node.ts';
import type { Connection } from '../../ssh/connection.ts';

/** So soon an engine that is asked for nothing else answers. */
const ANSWER_MS = 4_000;
/** An engine that answers nothing for so long after it was told is given up. */
const PATIENCE_MS = 60_000;

/**
 * The work that begins on a node's engine. Where that does not answer, it is told after some seconds, and the connection is cut after a
 * minute; once it has answered, the work may take as long as it wants.
 * @throws Unreachable when it was cut
 */
export async function endingSilence<T>(
  context: Context,
  { node, connection }: { node: Node; connection: Connection },
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  let silent: Unreachable | undefined;
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const watched = watch(context, { node, connection, signal }).then(
    (error) => {
      silent = error;
      if (error) connection.destroy();
    },
    () => {},
  );
  try {
    return await work();
  } catch (error) {
    throw silent ?? error;
  } finally {
    ended.abort();
    await watched;
  }
}

/** Gives why it is to be cut; undefined once the engine answered. */
async function watch(
  { clock, out }: Context,
  { node, connection, signal }: { node: Node; connection: Connection; signal: AbortSignal },
): Promise<Unreachable | undefined> {
  // Most commands are over by then, and cost no request more.
  await clock.sleep(ANSWER_MS, signal);
  const { engine, isLate } = await import('../../engine/engine.ts');
  const { name } = node;
  const endMs = clock.now() + PATIENCE_MS;
  for (let told = false; clock.now() < endMs; told = true) {
    try {
      await engine(connection, { clock, signal, deadline: clock.now() + ANSWER_MS }).ping();
      if (told) out.note(`${name}: its Docker engine answers again`);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      // What else may be wrong, the work says by itself.
      if (!isLate(error)) return undefined;
      if (!told) out.note(`${name}: its Docker engine does not answer; waiting up to ${PATIENCE_MS / 1000} s for it`);
    }
  }
  return new Unreachable(`${name}: its Docker engine has not answered for ${PATIENCE_MS / 1000} s`, {
    hint: `see why: belt exec ${name} -- systemctl status docker`,
  });
}
