// Droplets of a cluster that `up` removes, and what it says of each.

import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import type { Failure } from '../fleet/failures.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { planRemoval } from '../provision/plan.ts';
import { lostQuorum } from '../provision/removal.ts';
import { remove } from '../provision/remove.ts';
import { isVoter } from '../swarm/quorum.ts';

/** @throws BeltError when the swarm could decide nothing any more without these droplets */
export function checkQuorum(doomed: readonly Droplet[], view: SwarmView<Droplet>): void {
  if (!view.swarm) return;
  const going = doomed.flatMap((droplet) => view.memberOf(droplet) ?? []);
  const { members } = view.swarm;
  const refusal = lostQuorum(members, going);
  if (refusal === undefined) return;
  const alone = going.find((one) => isVoter(one) && lostQuorum(members, [one]) === undefined);
  const ways = 'bring back the managers that are down, or add managers to the file';
  throw new BeltError(refusal, {
    hint: alone && going.length > 1 ? `one after another: ${alone.hostname} alone can go; ${ways}` : ways,
  });
}

/** Removes them; gives what failed. `again` is the command that goes on after an interrupt. */
export async function retire(context: Context, leaving: readonly Droplet[], again = 'belt up'): Promise<Failure[]> {
  if (leaving.length === 0) return [];
  const { cluster } = await context.settings();
  const ids = new Set(leaving.map(({ id }) => id));
  const all = await clusterDroplets(context, cluster);
  const removal = await planRemoval(context, { leaving, staying: all.filter(({ id }) => !ids.has(id)) });
  const onGone = ({ name }: Droplet) => context.out.tell('removed', { node: name }, `${name}: removed`);
  return await remove(context, removal, { again, onGone });
}
