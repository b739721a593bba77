import { ageOf } from '../age.ts';
import { command, flag, type Values } from '../cli/command.ts';
import { dailyCost, monthlyCost } from '../cloud/sizes.ts';
import { clusterOf, isSameCluster, runOf } from '../cloud/tags.ts';
import { type Knowledge, orphanedBy } from '../cluster/orphans.ts';
import { clusterKey, unfinishedRuns } from '../config/choices.ts';
import { describedClusters } from '../config/cluster/folder.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import { clusterWords } from '../descriptions/name.ts';
import { EXIT } from '../errors.ts';
import { askSwarm } from '../fleet/ask-swarm.ts';
import { beltsDroplets, clustersOf, described, managersIn } from '../known-clusters/account.ts';
import { ownCluster } from '../known-clusters/exists.ts';
import { tellUndescribed } from '../known-clusters/undescribed.ts';
import { whyUnknown } from '../known-clusters/why-unknown.ts';
import type { Droplet } from '../model/droplet.ts';
import { remedies } from './orphans/remedies.ts';

const options = {
  swarm: flag('also those that are not in their cluster’s swarm, which is queried'),
};

export type OrphansOptions = Values<typeof options>;

export default command({
  summary: 'droplets that belt made and nothing uses: of no known cluster, never ready, or powered off',
  options,
  examples: [
    ['belt orphans', 'exit code 0: none, 4: some'],
    ['belt orphans --json', 'for programs'],
  ],
  run: (context, _given, options) => orphans(context, options),
});

interface Orphan extends Droplet {
  cluster: string | undefined;
  why: string[];
  /** The id of the droplet of its name in its cluster that most likely works. */
  twin: number | undefined;
}

const HEADER = ['ID', 'Name', 'Cluster', 'Age', 'Status', 'Why', 'USD/month'];

/** `belt orphans` — belt's droplets that no cluster known here has, or that never became ready; they are billed. */
async function orphans(context: Context, options: OrphansOptions): Promise<number> {
  const { out } = context;
  const droplets = await beltsDroplets(context);
  const known = await knownNames(context, droplets);
  const knowledge = {
    clusters: known,
    unfinished: new Set(unfinishedRuns(await context.state()).map(({ id }) => id)),
    outside: options.swarm ? await outsideOfSwarms(context, droplets, known) : new Set<number>(),
    now: context.clock.now(),
  };
  const fleet = await context.fleet();
  const found = droplets.flatMap((droplet): Orphan[] => {
    const cluster = clusterOf(droplet.tags);
    // One that was logged in to has been taken over by a later run, whatever became of its own.
    const run = fleet.hasOwnKey(droplet) ? undefined : runOf(droplet.tags);
    const neverReached = fleet.isUntouched(droplet);
    const twin = twinOf(droplet, droplets);
    const why = orphanedBy({ ...droplet, cluster, run, neverReached, twin }, knowledge);
    return why.length > 0 ? [{ ...droplet, cluster, why, twin }] : [];
  });
  show(context, found, await ways(context, found, { droplets, knowledge }));
  if (found.length === 0 && !out.json) out.note(`no orphans among ${count(droplets.length, 'droplet')} of belt`);
  if (!out.json) await tellUndescribed(context, droplets, { told: found.flatMap(({ cluster }) => cluster ?? []) });
  return found.length > 0 ? EXIT.planned : 0;
}

/** Of those of one name the one that most likely works: on, and made first. Undefined for that one itself. */
function twinOf(droplet: Droplet, droplets: readonly Droplet[]): number | undefined {
  const cluster = clusterOf(droplet.tags);
  if (cluster === undefined) return undefined;
  const same = droplets.filter(({ name, tags }) => {
    const other = clusterOf(tags);
    return name === droplet.name && other !== undefined && isSameCluster(other, cluster);
  });
  const isOff = ({ status }: Droplet) => Number(status === 'off' || status === 'archive');
  const [kept] = same.toSorted((one, other) => isOff(one) - isOff(other) || one.id - other.id);
  return kept === undefined || kept.id === droplet.id ? undefined : kept.id;
}

/** Keys of clusters. Also those without a description that were made here: of one of their droplets a host key is known. */
async function knownNames(context: Context, droplets: readonly Droplet[]): Promise<Set<string>> {
  const { cluster } = await context.settings();
  const fleet = await context.fleet();
  const made = droplets.filter((droplet) => fleet.hasOwnKey(droplet) || fleet.isUntouched(droplet));
  const names = made.flatMap(({ tags }) => clusterOf(tags) ?? []);
  const all = [...describedClusters(await context.descriptions()), ...names, await ownCluster(context), cluster];
  return new Set(all.map(clusterKey));
}

/** Ids of the droplets that the swarm of their cluster, where it has one that answers, does not know. */
async function outsideOfSwarms(
  context: Context,
  droplets: readonly Droplet[],
  known: ReadonlySet<string>,
): Promise<Set<number>> {
  const clusters = (await clustersOf(context, droplets)).filter(({ name }) => known.has(clusterKey(name)));
  const outside = await Promise.all(
    clusters.map(async ({ name, spec, droplets: own }) => {
      const view = await askSwarm(context, own, managersIn(spec));
      const why = whyUnknown(name, view);
      if (why !== undefined) context.out.warn(`${name}: cannot query the swarm: ${why}`);
      return view.swarm ? own.filter((droplet) => !view.memberOf(droplet)).map(({ id }) => id) : [];
    }),
  );
  return new Set(outside.flat());
}

function show({ out, clock }: Context, found: readonly Orphan[], advice: readonly string[]): void {
  const monthly = monthlyCost(found);
  const daily = dailyCost(monthly);
  if (out.json) return out.document({ orphans: found, usd: { monthly, daily } });
  if (found.length === 0) return;
  if (out.quiet) return out.lines(found.map(({ name }) => name));
  out.table(
    HEADER,
    found.map(({ id, name, cluster, createdAt, status, why, priceMonthly }) => [
      String(id),
      name,
      cluster ?? '',
      ageOf(createdAt, clock.now()),
      status,
      why.join(', '),
      priceMonthly?.toFixed(2) ?? '',
    ]),
    { drop: ['Status', 'Age', 'Cluster', 'ID'] },
  );
  const all = count(found.length, 'droplet');
  out.note(`${all}, ${monthly.toFixed(2)} USD a month`);
  for (const line of advice) out.note(line);
}

/** The commands that finish, keep or remove, cluster by cluster. */
async function ways(
  context: Context,
  found: readonly Orphan[],
  { droplets, knowledge }: { droplets: readonly Droplet[]; knowledge: Knowledge },
): Promise<string[]> {
  const { cluster: chosen } = await context.settings();
  const spellings = new Map(found.map(({ cluster }) => [cluster && clusterKey(cluster), cluster]));
  const isSame = (one: string | undefined, cluster: string | undefined) =>
    one === undefined || cluster === undefined ? one === cluster : isSameCluster(one, cluster);
  const clusters = [...spellings.values()];
  const lines = await Promise.all(
    clusters.map(async (cluster) => {
      const description = cluster === undefined ? undefined : await described(context, cluster);
      const managers = description?.spec && managersIn(description.spec);
      const isOn = ({ tags, status }: Droplet) => status === 'active' && isSame(clusterOf(tags), cluster);
      const on = new Set(droplets.filter(isOn).map(({ name }) => name));
      return remedies(
        found.filter((one) => isSame(one.cluster, cluster)),
        {
          cluster,
          known: cluster !== undefined && knowledge.clusters.has(clusterKey(cluster)),
          described: description?.description !== undefined,
          about: cluster === undefined || isSame(cluster, chosen) ? '' : clusterWords(cluster),
          managers,
          running: (managers ?? []).filter((name) => on.has(name)),
          outside: knowledge.outside,
        },
      );
    }),
  );
  return lines.flat();
}
