// The cluster as it is now, and what has to happen to it.
import type { Droplet, Size } from '../../cloud/schemas.ts';
import { clusterTag, isOnlyOfCluster } from '../../cloud/tags.ts';
import { type ClusterPlan, managersOf, planCluster } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { choose } from '../../fleet/named.ts';
import { compact } from '../../patterns/index.ts';
import { existingDroplets } from '../create/existing.ts';
import { type NetworkPlan, observeNetwork } from './network.ts';
import { checkQuorum, membersOf } from './retire.ts';
import { type Before, type FoundSwarm, findSwarm } from './swarm.ts';

export interface Observed {
  network: NetworkPlan;
  /** Those of the cluster that stay. */
  droplets: Droplet[];
  /** Those that are to go first. */
  doomed: Droplet[];
  swarm: FoundSwarm | undefined;
  plan: ClusterPlan;
}

/** What of the cluster is to go. */
export interface Doom {
  /** What the file does not name. */
  prune?: boolean | undefined;
  /** Patterns of nodes that are made anew. */
  replace?: readonly string[] | undefined;
}

/** Looks, and changes nothing. @throws BeltError when two droplets share a name, or when the swarm cannot be seen */
export async function observe(context: Context, spec: ClusterSpec, doom: Doom = {}): Promise<Observed> {
  const cloud = await context.cloud();
  const [droplets, network] = await Promise.all([
    cloud.droplets({ tag: clusterTag(spec.name) }),
    observeNetwork(context, spec),
  ]);
  return { ...(await withSwarm(context, spec, droplets, doom)), network };
}

/** Looks as `up` does: what a run that was cut off had sent is waited for and taken over. */
export async function observeToChange(
  context: Context,
  spec: ClusterSpec,
  before: Before<Droplet>,
  doom: Doom = {},
): Promise<Observed> {
  const names = namesOf(spec);
  const [droplets, network] = await Promise.all([existingDroplets(context, names), observeNetwork(context, spec)]);
  return { ...(await withSwarm(context, spec, droplets, doom, before)), network };
}

const namesOf = ({ groups }: ClusterSpec): string[] => groups.flatMap(({ names }) => names);

async function withSwarm(
  context: Context,
  spec: ClusterSpec,
  all: Droplet[],
  doom: Doom,
  before?: Before<Droplet>,
): Promise<Omit<Observed, 'network'>> {
  checkNames(all);
  await (await context.fleet()).remember(all);
  const doomed = await doomedOf(context, spec, all, doom);
  const droplets = all.filter((droplet) => !doomed.includes(droplet));
  const managers = new Set(managersOf(spec));
  const swarm = await findSwarm(context, droplets, ({ name }) => managers.has(name), before).catch(async (error) => {
    await checkAlone(context, doomed);
    throw error;
  });
  if (swarm) checkQuorum(doomed, swarm.members);
  else await checkAlone(context, doomed);
  const members = swarm && without(swarm.members, membersOf(doomed, swarm.members));
  const locked = new Set(swarm?.locked.map(({ id }) => id));
  return { droplets, doomed, swarm, plan: planCluster(spec, { droplets, members, autolock: swarm?.autolock, locked }) };
}

/** @throws UsageError for a word that names no node of the file */
async function doomedOf(
  context: Context,
  spec: ClusterSpec,
  droplets: readonly Droplet[],
  { prune, replace = [] }: Doom,
): Promise<Droplet[]> {
  const names = new Set(namesOf(spec));
  const { chosen, missing } = await choose(context, replace, droplets);
  // One of the file without a droplet is made in any case: it went in a run that was cut off.
  const unnamed = missing.find((name) => !names.has(name)) ?? chosen.find(({ name }) => !names.has(name))?.name;
  if (unnamed !== undefined) {
    throw new UsageError(`--replace ${unnamed}: the file's cluster has no such node`, { hint: 'see: belt plan' });
  }
  const isOwn = ({ tags }: Droplet) => isOnlyOfCluster(tags, spec.name);
  const kept = chosen.find((droplet) => !isOwn(droplet));
  if (kept) {
    throw new UsageError(`--replace ${kept.name}: its tags do not say that it is belt's, and of ${spec.name} alone`, {
      hint: `see its tags: belt ls --wide · delete it all the same: belt rm --any ${kept.name}`,
    });
  }
  const extra = prune ? droplets.filter(({ name }) => !names.has(name)) : [];
  for (const { name } of extra.filter((droplet) => !isOwn(droplet))) {
    context.out.warn(`${name}: its tags do not say that it is belt's, and of ${spec.name} alone; it is left alone`);
  }
  return [...chosen, ...extra.filter(isOwn)];
}

const without = <T>(all: readonly T[], some: readonly T[]): T[] => all.filter((one) => !some.includes(one));

/** Where no node that stays is in a swarm, those that go must not be one. */
async function checkAlone(context: Context, doomed: readonly Droplet[]): Promise<void> {
  const swarm = doomed.length === 0 ? undefined : await findSwarm(context, doomed, () => true).catch(() => undefined);
  if (swarm) checkQuorum(doomed, swarm.members);
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
  new Map(sizes.flatMap(({ slug, price_monthly }) => (price_monthly === undefined ? [] : [[slug, price_monthly]])));
