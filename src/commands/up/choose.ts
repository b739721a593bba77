// So that `belt docker` works right after `up`: where nobody chose a node to talk to, or the one that was chosen is gone, it is the
// first manager that is there.
import type { Droplet } from '../../cloud/schemas.ts';
import { managersOf } from '../../cluster/plan.ts';
import { activeNode, setActiveNode } from '../../config/choices.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';

/** Chooses it, and says so; the choice of a node that is there stays. `droplets`: the cluster's. */
export async function chooseActive(
  context: Context,
  spec: ClusterSpec,
  droplets: readonly Pick<Droplet, 'name'>[],
): Promise<void> {
  const state = await context.state();
  const names = new Set(droplets.map(({ name }) => name));
  const chosen = activeNode(state, spec.name);
  if (chosen !== undefined && names.has(chosen)) return;
  const first = managersOf(spec).find((name) => names.has(name));
  if (first === undefined) return;
  setActiveNode(state, spec.name, first);
  const gone = chosen === undefined ? '' : `${chosen} is gone; `;
  context.out.tell('active', { node: first }, `${gone}${first} is the active node: belt docker talks to it`);
}
