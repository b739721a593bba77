import { activeNode, setActiveNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';

/** `belt active [NODE]` — chooses the node that `belt docker` talks to, or shows it. */
export async function active(context: Context, word: string | undefined): Promise<void> {
  const { cluster } = await context.settings();
  const state = await context.state();
  if (word === undefined) {
    const name = activeNode(state, cluster);
    if (name === undefined) throw noActiveNode();
    return say(context, name);
  }
  const [node, ...others] = await (await context.fleet()).select([word]);
  if (!node || others.length > 0) {
    throw new UsageError(`"${word}" names ${others.length + 1} nodes; only one can be active`, { hint: 'name one' });
  }
  setActiveNode(state, cluster, node.name);
  say(context, node.name);
}

function say(context: Context, name: string): void {
  if (context.out.json) context.out.document({ active: name });
  else context.out.line(name);
}

/** No node was chosen, and one is needed. */
export function noActiveNode(): BeltError {
  return new BeltError('no node is active', {
    hint: 'choose one: belt active node1 (or name it: belt --host node1 docker …)',
  });
}
