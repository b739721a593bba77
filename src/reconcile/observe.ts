// The cluster as it is now, and what has to happen to it.

import { clusterTag, isBelts } from '../cloud/tags.ts';
import type { KnownMember } from '../cluster/known.ts';
import { type Actual, type ClusterPlan, nodeNames, planCluster } from '../cluster/plan.ts';
import { type Step, stepsOf } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import { diagnose } from '../fleet/diagnose.ts';
import { type Limit, sshLimit } from '../fleet/shut-out.ts';
import { SwarmView } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { createsVpc, firewallChange, type NetworkPlan, observeNetwork } from '../provision/network.ts';
import { checkQuorum } from '../provision/plan.ts';
import { isSilent, type LookOptions, look, settled, standingsOf } from './look.ts';
import { checkNames, onceEach } from './same-name.ts';
import { type RemovalRequest, toRemove } from './to-remove.ts';
import { unclaimed } from './unclaimed.ts';

export interface Observed {
  network: NetworkPlan;
  /** Those of the cluster that stay. */
  droplets: Droplet[];
  /** Those that are to be removed first. */
  removals: Droplet[];
  view: SwarmView<Droplet>;
  /** A manager that stays and answers; undefined where there is no swarm. */
  manager: Droplet | undefined;
  plan: ClusterPlan;
  /** What the plan comes to, in the order in which it is carried out. */
  steps: Step[];
  /** Members of the swarm that are no droplets of the cluster: they are left alone. */
  strangers: KnownMember[];
  /** Those of them whose droplets are gone, and that may be down in a moment. */
  dying: KnownMember[];
  /** Where the cluster has no droplet yet: belt's droplets of other clusters that have the names of its nodes. */
  namesakes: Droplet[];
  /** Why nobody can tell what the swarm is; only where that was allowed. */
  unknown: BeltError | undefined;
}

export interface ObserveOptions extends RemovalRequest, Omit<LookOptions, 'deadline'> {
  /** Takes nodes out of foreign swarms. */
  force?: boolean | undefined;
  /** What stands before commands in hints: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
}

/**
 * Looks, changes nothing and waits for nothing. What cannot be asked is unknown in the plan.
 * @throws BeltError when two droplets share a name
 */
export async function observe(context: Context, spec: ClusterSpec, options: ObserveOptions = {}): Promise<Observed> {
  return await withoutGone(async (gone) => {
    const [droplets, network] = await Promise.all([clusterDroplets(context, spec.name), observeNetwork(context, spec)]);
    return await observed(context, spec, { droplets: droplets.filter(({ id }) => !gone.has(id)), network }, options);
  });
}

/**
 * Looks as `up` does: what a run that was cut off had sent is waited for and taken over, and what passes by itself, such as an election,
 * is waited for.
 * @throws BeltError when two droplets share a name, or when the swarm cannot be seen
 */
export async function observeToChange(
  context: Context,
  spec: ClusterSpec,
  options: ObserveOptions & { deadline: number },
): Promise<Observed> {
  return await withoutGone(async (gone) => {
    const [droplets, network] = await Promise.all([onceEach(context, spec, options), observeNetwork(context, spec)]);
    return await observed(context, spec, { droplets: droplets.filter(({ id }) => !gone.has(id)), network }, options);
  });
}

/** Droplets that a list showed do not exist: what was seen is of no use. */
class Gone extends Error {
  readonly ids: readonly number[];

  constructor(ids: readonly number[]) {
    super('droplets are gone');
    this.ids = ids;
  }
}

/** Looks again without what turned out to be gone: each look that fails so names at least one more. */
async function withoutGone(look: (gone: ReadonlySet<number>) => Promise<Observed>): Promise<Observed> {
  for (const gone = new Set<number>(); ; ) {
    try {
      return await look(gone);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      for (const id of error.ids) gone.add(id);
    }
  }
}

const ASKED_AT_MOST = 20;

/** A list still shows for a while what was deleted, such as by a `down` that was killed: of those that do not answer, the id tells. */
async function checkThere(context: Context, { answers }: SwarmView<Droplet>): Promise<void> {
  const silent = answers.filter(({ swarm }) => !swarm).slice(0, ASKED_AT_MOST);
  const cloud = await context.cloud();
  const found = await Promise.all(silent.map(({ node }) => cloud.droplet(node.id)));
  const gone = silent.filter((_, n) => found[n] === undefined).map(({ node }) => node.id);
  if (gone.length > 0) throw new Gone(gone);
}

async function observed(
  context: Context,
  spec: ClusterSpec,
  { droplets: all, network }: { droplets: Droplet[]; network: NetworkPlan },
  options: ObserveOptions & { deadline?: number },
): Promise<Observed> {
  checkNames(all, options);
  await (await context.fleet()).remember(all);
  const removals = await toRemove(context, spec, all, options);
  const droplets = all.filter((droplet) => !removals.includes(droplet));
  const managersFirst = [...nodeNames(spec)];
  const place = ({ name }: Droplet) => (managersFirst.indexOf(name) + 1 || managersFirst.length + 1) as number;
  const asked = all.toSorted((a, b) => place(a) - place(b) || a.id - b.id);
  const limit = await limitIn(context, spec, network, options);
  const onSilence = () => limit && context.out.note(`no node answers SSH yet, and ${limit.words}; ${limit.hint}`);
  const first = await look(context, asked, { ...options, onSilence });
  await checkThere(context, first);
  const worked = (view: SwarmView<Droplet>) => planned(context, spec, { droplets, removals, network, view }, options);
  const { deadline } = options;
  if (deadline === undefined) return await worked(first);
  const before = await worked(first);
  const view = await settled(context, first, { passing: passingIn(before), dying: before.dying, deadline });
  return view === first ? before : await worked(view);
}

/** Droplets whose trouble may be over in a moment. */
const passingIn = ({ plan, droplets }: Observed): Droplet[] =>
  plan.nodes.flatMap(({ trouble, droplet }) =>
    trouble?.passing ? droplets.filter(({ id }) => id === droplet?.id) : [],
  );

interface Parts {
  droplets: Droplet[];
  removals: Droplet[];
  network: NetworkPlan;
  view: SwarmView<Droplet>;
}

async function planned(
  context: Context,
  spec: ClusterSpec,
  parts: Parts,
  { force, prefix, deadline }: ObserveOptions & { deadline?: number },
): Promise<Observed> {
  const { droplets, removals, network, view } = parts;
  const staying = new SwarmView(view.answers.filter(({ node }) => droplets.some(({ id }) => id === node.id)));
  await checkQuorum(context, { leaving: removals, staying: droplets, view });
  const unknown = await unknownSwarm(context, spec, { network, staying }, prefix);
  // What waits for nothing shows what it cannot tell.
  if (unknown && deadline !== undefined) throw unknown;
  const { stale, dying, strangers, strays, namesakes } = await unclaimed(context, spec, parts);
  const actual: Actual = {
    droplets: droplets.map((droplet) => ({ ...droplet, belts: isBelts(droplet.tags) })),
    standings: standingsOf(view),
    swarm: staying.swarm ? { autolock: staying.swarm.autolock } : unknown ? 'unknown' : 'none',
    stale,
    strays,
  };
  const plan = planCluster(spec, actual, { force, prefix, tag: clusterTag(spec.name) });
  const change = firewallChange(network);
  const steps = stepsOf(plan, {
    removals,
    vpc: createsVpc(network) ? network.vpc : undefined,
    firewall: change && { name: network.firewall!.wanted.name, change },
  });
  return { ...parts, manager: staying.swarm?.manager, plan, steps, dying, strangers, namesakes, unknown };
}

/** Why nobody can tell what the swarm of the droplets that stay is, if so. */
async function unknownSwarm(
  context: Context,
  spec: ClusterSpec,
  { network, staying }: Pick<Parts, 'network'> & { staying: SwarmView<Droplet> },
  prefix: string | undefined,
): Promise<BeltError | undefined> {
  const diagnosis = diagnose(staying, { prefix });
  if (diagnosis === undefined || !isSilent(staying)) return diagnosis;
  const limit = await limitIn(context, spec, network, { prefix });
  if (limit === undefined) return diagnosis;
  return new BeltError(`no node answers SSH, and ${limit.words}`, { hint: limit.hint, cause: diagnosis });
}

/** Whom the cluster's firewall, as it is now, lets in by SSH; undefined where that is everybody. */
async function limitIn(
  context: Context,
  { name }: ClusterSpec,
  { firewall }: NetworkPlan,
  { prefix }: Pick<ObserveOptions, 'prefix'>,
): Promise<Limit | undefined> {
  const { sshPort } = await context.settings();
  return firewall?.found && sshLimit([firewall.found], { cluster: name, sshPort, prefix });
}
