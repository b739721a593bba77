// Droplets of a cluster that `up` removes, and what it says of each.

import type { Context } from '../context.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Droplet } from '../model/droplet.ts';
import { planRemoval, QuorumLost } from '../provision/plan.ts';
import { remove } from '../provision/remove.ts';

/** Removes them; gives what failed. `again` is the command that goes on after an interrupt. */
export async function retire(context: Context, leaving: readonly Droplet[], again = 'belt up'): Promise<Failure[]> {
  if (leaving.length === 0) return [];
  const { cluster } = await context.settings();
  const ids = new Set(leaving.map(({ id }) => id));
  const all = await clusterDroplets(context, cluster);
  const removal = await planRemoval(context, { leaving, staying: all.filter(({ id }) => !ids.has(id)), byUp: true });
  const onGone = ({ name }: Droplet) => context.out.tell('removed', { node: name }, `${name}: removed`);
  return await remove(context, removal, { again, onGone });
}

/**
 * The same at the end of a run that failed: managers that cannot all go at once go one after another, and what cannot go is a failure
 * of its own, so that the run can say what failed before. @throws when interrupted
 */
export async function retireEach(context: Context, leaving: readonly Droplet[], again?: string): Promise<Failure[]> {
  const failed = (some: readonly Droplet[], error: unknown) => some.map(({ name }) => ({ name, error }));
  const attempt = async (some: readonly Droplet[]): Promise<{ failures: Failure[] } | { refusal: QuorumLost }> => {
    try {
      return { failures: await retire(context, some, again) };
    } catch (error) {
      if (context.signal.aborted) throw error;
      return error instanceof QuorumLost ? { refusal: error } : { failures: failed(some, error) };
    }
  };
  const whole = await attempt(leaving);
  if ('failures' in whole) return whole.failures;
  const managers = new Set(whole.refusal.managers.map(({ id }) => id));
  const others = leaving.filter(({ id }) => !managers.has(id));
  const first = await attempt(others);
  const failures = 'failures' in first ? [...first.failures] : failed(others, first.refusal);
  let open = leaving.filter(({ id }) => managers.has(id));
  // One that is down has to go before one that is not can.
  for (;;) {
    const refused: { droplet: Droplet; refusal: QuorumLost }[] = [];
    for (const droplet of open) {
      const end = await attempt([droplet]);
      if ('failures' in end) failures.push(...end.failures);
      else refused.push({ droplet, refusal: end.refusal });
    }
    if (refused.length === 0) return failures;
    if (refused.length === open.length)
      return [...failures, ...refused.flatMap(({ droplet, refusal }) => failed([droplet], refusal))];
    open = refused.map(({ droplet }) => droplet);
  }
}
