// So that `belt docker` works right after `up`: where nobody chose a node to talk to, it is the first manager.
import { managersOf } from '../../cluster/plan.ts';
import { activeNode, setActiveNode } from '../../config/choices.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';

/** Chooses it, and says so; a choice that was made stays. */
export async function chooseActive(context: Context, spec: ClusterSpec): Promise<void> {
  const state = await context.state();
  const [first] = managersOf(spec);
  if (first === undefined || activeNode(state, spec.name) !== undefined) return;
  setActiveNode(state, spec.name, first);
  context.out.tell('active', { node: first }, `${first} is the active node: belt docker talks to it`);
}
