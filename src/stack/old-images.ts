// Names of pushed content that no service refers to any more, taken off the nodes: nobody else would ever do so.
import type { Context } from '../context.ts';
import { imageEngineOver } from '../engine/engine.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import { isContentName } from '../images/reference.ts';

const AT_ONCE = 32;
/** For each node. */
const PATIENCE_MS = 10_000;

/** What services run, or ran before their last change, of what was pushed. */
export const contentIn = (services: readonly ApiService[]): Set<string> =>
  new Set(
    services
      .flatMap(({ Spec, PreviousSpec }) => [Spec, PreviousSpec])
      .flatMap((spec) => ((spec?.TaskTemplate['ContainerSpec'] ?? {}) as { Image?: string }).Image ?? [])
      .filter(isContentName),
  );

/** Takes the names off every node that answers; one that does not keeps them, which costs it room and nothing else. @throws when interrupted */
export async function removeOldImages(context: Context, names: readonly string[]): Promise<void> {
  const { clock, signal, trace } = context;
  const fleet = await context.fleet();
  const work = async (node: Parameters<typeof fleet.connect>[0]) => {
    const deadline = clock.now() + PATIENCE_MS;
    const connection = await fleet.connect(node, { deadline });
    try {
      const engine = imageEngineOver(async () => connection, { clock, signal, deadline });
      for (const name of names) {
        await engine.removeName(name, { force: true }).catch((error: unknown) => {
          signal.throwIfAborted();
          trace?.(`${node.name} keeps ${name}: ${messageOf(error)}`);
        });
      }
    } finally {
      connection.end();
    }
  };
  const onFailed = ({ name, error }: { name: string; error: unknown }) =>
    trace?.(`${name} keeps ${names.join(', ')}: ${messageOf(error)}`);
  // The deployment is done: what stays costs room and nothing else.
  const nodes = await fleet.list().catch((error: unknown) => {
    signal.throwIfAborted();
    trace?.(`old images stay: ${messageOf(error)}`);
    return [];
  });
  await eachNode(context, nodes, work, { atOnce: AT_ONCE, onFailed });
}
