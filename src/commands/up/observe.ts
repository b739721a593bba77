// The cluster as it is now, and what has to happen to it.
import type { Droplet, Size } from '../../cloud/schemas.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { type ClusterPlan, planCluster } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { BeltError } from '../../errors.ts';
import { compact } from '../../patterns/index.ts';
import { existingDroplets } from '../create/existing.ts';
import { type NetworkPlan, observeNetwork } from './network.ts';
import { type Before, type FoundSwarm, findSwarm } from './swarm.ts';

export interface Observed {
  network: NetworkPlan;
  droplets: Droplet[];
  swarm: FoundSwarm | undefined;
  plan: ClusterPlan;
}

/** Looks, and changes nothing. @throws BeltError when two droplets share a name, or when the swarm cannot be seen */
export async function observe(context: Context, spec: ClusterSpec): Promise<Observed> {
  const cloud = await context.cloud();
  const [droplets, network] = await Promise.all([
    cloud.droplets({ tag: clusterTag(spec.name) }),
    observeNetwork(context, spec),
  ]);
  return { ...(await withSwarm(context, spec, droplets)), network };
}

/** Looks as `up` does: what a run that was cut off had sent is waited for and taken over. */
export async function observeToChange(context: Context, spec: ClusterSpec, before: Before<Droplet>): Promise<Observed> {
  const names = spec.groups.flatMap((group) => group.names);
  const [droplets, network] = await Promise.all([existingDroplets(context, names), observeNetwork(context, spec)]);
  return { ...(await withSwarm(context, spec, droplets, before)), network };
}

async function withSwarm(
  context: Context,
  spec: ClusterSpec,
  droplets: Droplet[],
  before?: Before<Droplet>,
): Promise<Omit<Observed, 'network'>> {
  checkNames(droplets);
  await (await context.fleet()).remember(droplets);
  const managers = new Set(spec.groups.filter(({ role }) => role === 'manager').flatMap(({ names }) => names));
  const swarm = await findSwarm(context, droplets, ({ name }) => managers.has(name), before);
  return { droplets, swarm, plan: planCluster(spec, { droplets, members: swarm?.members }) };
}

function checkNames(droplets: readonly Droplet[]): void {
  const names = droplets.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, n) => names.indexOf(name) !== n))];
  if (twice.length === 0) return;
  const ids = droplets.filter(({ name }) => name === twice[0]).map(({ id }) => id);
  throw new BeltError(`${compact(twice)}: ${ids.length} droplets have this name (${ids.join(', ')})`, {
    hint: 'remove all but one by id: belt rm ID',
  });
}

/** What a month of each size costs, in USD. */
export const pricesOf = (sizes: readonly Size[]): Map<string, number> =>
  new Map(sizes.map(({ slug, price_monthly }) => [slug, price_monthly]));
