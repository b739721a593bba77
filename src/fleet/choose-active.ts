// So that `belt docker` works right after `up`: where nobody chose a node to talk to, or the one that was chosen is gone, it is the
// first manager that is there.

import { managersOf } from '../cluster/plan.ts';
import { activeNode, setActiveNode } from '../config/choices.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import type { Droplet } from '../model/droplet.ts';

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
  await choose(context, spec.name, first, chosen === undefined ? '' : `${chosen} is gone; `);
}

/** The same of a manager that a command just made: a choice that was made stays. */
export async function chooseManager(context: Context, name: string): Promise<void> {
  const { cluster } = await context.settings();
  if (activeNode(await context.state(), cluster) === undefined) await choose(context, cluster, name);
}

async function choose(context: Context, cluster: string, node: string, why = ''): Promise<void> {
  setActiveNode(await context.state(), cluster, node);
  context.out.tell('active', { node }, `${why}${node} is the active node: belt docker talks to it`);
}
