// The cluster as it is now, and what has to happen to it.
import type { Droplet } from '../cloud/schemas.ts';
import { clusterNamesOf, clusterTag, isBelts, isOnlyOfCluster, runOf } from '../cloud/tags.ts';
import type { KnownMember } from '../cluster/known.ts';
import { type Actual, type ClusterPlan, planCluster } from '../cluster/plan.ts';
import { needsAccount, staleEntries } from '../cluster/stale.ts';
import { type Step, stepsOf } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import { diagnose } from '../fleet/diagnose.ts';
import { choose } from '../fleet/named.ts';
import { type Limit, sshLimit } from '../fleet/shut-out.ts';
import { SwarmView } from '../fleet/swarm-view.ts';
import { compact } from '../patterns/index.ts';
import { existingDroplets } from '../provision/create/existing.ts';
import { createsVpc, firewallChange, type NetworkPlan, observeNetwork } from '../provision/network.ts';
import { poll } from '../wait.ts';
import { isSilent, type LookOptions, look, settled, standingsOf } from './look.ts';
import { checkQuorum } from './retire.ts';

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
  /** Why nobody can tell what the swarm is; only where that was allowed. */
  unknown: BeltError | undefined;
}

/** What of the cluster is to be removed. */
export interface RemovalRequest {
  /** What the file does not name. */
  prune?: boolean | undefined;
  /** Patterns of nodes that are recreated. */
  replace?: readonly string[] | undefined;
}

export interface ObserveOptions extends RemovalRequest, Omit<LookOptions, 'deadline'> {
  /** Takes nodes out of foreign swarms. */
  force?: boolean | undefined;
  /** What stands before commands in hints: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
}

/** How long a run elsewhere has to remove a droplet that it made a second time. */
const ONCE_WITHIN_MS = 15_000;
const POLL_MS = 1_000;

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

/** The cluster's droplets. Another run that made a name a second time is about to remove that droplet. */
async function onceEach(context: Context, spec: ClusterSpec, { deadline }: { deadline: number }): Promise<Droplet[]> {
  const { clock, out, signal } = context;
  let droplets: Droplet[] = [];
  let told = false;
  const single = async () => {
    droplets = await existingDroplets(context, namesOf(spec));
    const twice = doubled(droplets);
    if (twice.length === 0) return true;
    if (!told) out.note(`${compact(twice)}: two droplets have this name; a run elsewhere may be removing one: waiting`);
    told = true;
    return undefined;
  };
  const until = Math.min(deadline, clock.now() + ONCE_WITHIN_MS);
  await poll(single, { clock, signal, deadline: until, intervalMs: POLL_MS });
  return droplets;
}

const namesOf = ({ groups }: ClusterSpec): string[] => groups.flatMap(({ names }) => names);

async function observed(
  context: Context,
  spec: ClusterSpec,
  { droplets: all, network }: { droplets: Droplet[]; network: NetworkPlan },
  options: ObserveOptions & { deadline?: number },
): Promise<Observed> {
  checkNames(all, options);
  await (await context.fleet()).remember(all);
  const removals = await removalsOf(context, spec, all, options);
  const droplets = all.filter((droplet) => !removals.includes(droplet));
  const managersFirst = [...namesOf(spec)];
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
  const isPassing = (view: SwarmView<Droplet>) => (view === first ? passingIn(before) : []);
  const view = await settled(context, first, { isPassing, deadline });
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
  { droplets, removals, network, view }: Parts,
  { force, prefix, deadline }: ObserveOptions & { deadline?: number },
): Promise<Observed> {
  const staying = new SwarmView(view.answers.filter(({ node }) => droplets.some(({ id }) => id === node.id)));
  checkQuorum(removals, view);
  const diagnosis = diagnose(staying, { prefix });
  const limit = diagnosis && isSilent(staying) ? await limitIn(context, spec, network, { prefix }) : undefined;
  const unknown = limit
    ? new BeltError(`no node answers SSH, and ${limit.words}`, { hint: limit.hint, cause: diagnosis })
    : diagnosis;
  // What waits for nothing shows what it cannot tell.
  if (unknown && deadline !== undefined) throw unknown;
  const claims = new Set([...droplets, ...removals].flatMap((droplet) => view.memberOf(droplet)?.id ?? []));
  const entries = (view.swarm?.members ?? []).filter(({ id }) => !claims.has(id));
  const names = new Set([...namesOf(spec), ...droplets.map(({ name }) => name)]);
  const known = droplets.map((droplet) => ({ ...droplet, answered: isAnswered(view, droplet) }));
  const have = new Set(droplets.map(({ name }) => name));
  const creates = namesOf(spec).some((name) => !have.has(name));
  let unread = false;
  const onSkipped = () => {
    unread = true;
  };
  const account =
    creates || needsAccount({ entries, droplets: known, names })
      ? (await (await context.cloud()).droplets({ onSkipped })).filter(({ id }) =>
          removals.every((going) => going.id !== id),
        )
      : undefined;
  // What cannot be read may be the droplet of an entry.
  const stale = staleEntries({ entries, droplets: known, names, account: unread ? undefined : account });
  const actual: Actual = {
    droplets: droplets.map((droplet) => ({ ...droplet, belts: isBelts(droplet.tags) })),
    standings: standingsOf(view),
    swarm: staying.swarm ? { autolock: staying.swarm.autolock } : unknown ? 'unknown' : 'none',
    stale,
    strays: new Map(
      (account ?? [])
        .filter((droplet) => !have.has(droplet.name) && isStray(droplet, entries))
        .map(({ name, id }) => [name, id]),
    ),
  };
  const plan = planCluster(spec, actual, { force, prefix, tag: clusterTag(spec.name) });
  const change = firewallChange(network);
  const steps = stepsOf(plan, {
    removals,
    vpc: createsVpc(network) ? network.vpc : undefined,
    firewall: change && { name: network.firewall!.wanted.name, change },
  });
  return {
    network,
    droplets,
    removals,
    view,
    manager: staying.swarm?.manager,
    plan,
    steps,
    strangers: entries.filter((entry) => !stale.includes(entry)),
    unknown,
  };
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

/** Whether its own engine said which entry of the swarm it is, if any. */
function isAnswered(view: SwarmView<Droplet>, droplet: Droplet): boolean {
  const swarm = view.answerOf(droplet)?.swarm;
  return swarm !== undefined && swarm.state !== 'locked';
}

/** A droplet that belt made and that lost the cluster's tag, or whose entry is in the cluster's swarm. */
const isStray = ({ name, tags, privateAddress }: Droplet, entries: readonly KnownMember[]): boolean =>
  (clusterNamesOf(tags).length === 0 && (isBelts(tags) || runOf(tags) !== undefined)) ||
  entries.some(({ hostname, address }) => hostname === name && address === privateAddress);

/** @throws UsageError for a word that names neither a droplet nor a node of the file, or a droplet that is not only the cluster's */
async function removalsOf(
  context: Context,
  spec: ClusterSpec,
  droplets: readonly Droplet[],
  { prune, replace = [], prefix = '' }: ObserveOptions,
): Promise<Droplet[]> {
  const names = new Set(namesOf(spec));
  const { chosen, missing } = await choose(context, replace, droplets);
  // A node of the file without a droplet is created in any case: it was removed in a run that was cut off.
  const unnamed = missing.find((name) => !names.has(name)) ?? chosen.find(({ name }) => !names.has(name))?.name;
  if (unnamed !== undefined) {
    throw new UsageError(`--replace ${unnamed}: the file's cluster has no such node`, { hint: 'see: belt plan' });
  }
  const isOwn = ({ tags }: Droplet) => isOnlyOfCluster(tags, spec.name);
  const foreign = chosen.find((droplet) => !isOwn(droplet));
  if (foreign) {
    throw new UsageError(
      `--replace ${foreign.name}: its tags do not mark it as belt's and as part of ${spec.name} only`,
      {
        hint: `see its tags: ${prefix}belt ls --wide · delete it all the same: ${prefix}belt rm --any ${foreign.name}`,
      },
    );
  }
  const extra = prune ? droplets.filter(({ name }) => !names.has(name)) : [];
  for (const { name } of extra.filter((droplet) => !isOwn(droplet))) {
    context.out.warn(`${name}: its tags do not mark it as belt's and as part of ${spec.name} only; it is left alone`);
  }
  return [...chosen, ...extra.filter(isOwn)];
}

const doubled = (droplets: readonly Droplet[]): string[] => {
  const names = droplets.map(({ name }) => name);
  return [...new Set(names.filter((name, n) => names.indexOf(name) !== n))];
};

function checkNames(droplets: readonly Droplet[], { prefix = '' }: ObserveOptions): void {
  const twice = doubled(droplets);
  if (twice.length === 0) return;
  const ids = droplets.filter(({ name }) => name === twice[0]).map(({ id }) => id);
  const [oldest, ...others] = ids.toSorted((a, b) => a - b);
  throw new BeltError(`${compact(twice)}: ${ids.length} droplets have this name (${ids.join(', ')})`, {
    hint: `see which one is in use: ${prefix}belt ls · usually the oldest, ${oldest}, is kept: belt rm ${others.join(' ')}`,
  });
}
