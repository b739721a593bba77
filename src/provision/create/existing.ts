// Which droplets of the cluster exist, with what an earlier run that was cut off may still be making.
import { IN_DOUBT_MS } from '../../cloud/provision.ts';
import { lowestOfEach } from '../../cloud/rivals.ts';
import { hasTag, isOfCluster, runTag } from '../../cloud/tags.ts';
import { knownNodes, type Run, readRun, removeRun, unfinishedRuns } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import { clusterDroplets } from '../../fleet/cluster-droplets.ts';
import type { Droplet } from '../../model/droplet.ts';
import { compact } from '../../patterns/index.ts';
import { isRunning, thisProcess } from '../../processes.ts';
import { keyBytes } from '../../ssh/fingerprint.ts';
import { backOff, poll } from '../../wait.ts';

/** If the list shows more unknown droplets than this, it is believed: checking each one costs a request. */
const ASKED_AT_MOST = 20;

/**
 * The cluster's droplets, including two of the same name. Where a killed run had requests in flight for these names, waits until their
 * outcome is known. With `ask`, DigitalOcean is asked for each droplet of these names by its id.
 */
export async function existingDroplets(
  context: Context,
  names: readonly string[],
  { ask = false }: { ask?: boolean } = {},
): Promise<Droplet[]> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const { clock, signal, out } = context;
  const startMs = clock.now();
  let told = false;
  const named: Named = { names: ask ? names : [], sure: new Set() };
  const look = async (): Promise<Droplet[] | undefined> => {
    const runs = unfinishedRuns(state, cluster).filter((run) => !isAtWork(run, startMs));
    const droplets = await listed(context, runs, named);
    for (const { id } of droplets) named.sure.add(id);
    const there = new Set(droplets.map(({ name }) => name));
    const inDoubt = (run: Run) => (clock.now() < doubtEndsAt(run, startMs) ? missingOf(run, droplets) : []);
    const open = runs.flatMap(inDoubt).filter((name) => names.includes(name) && !there.has(name));
    if (open.length > 0) {
      if (!told) out.note(`an interrupted run may still be creating ${compact(open)}: waiting`);
      told = true;
      return undefined;
    }
    const finished = runs.filter((run) => inDoubt(run).length === 0);
    await adopt(context, finished, droplets);
    return droplets;
  };
  // No run is in doubt for ever.
  const waiting = { clock, signal, deadline: Number.POSITIVE_INFINITY, intervalMs: backOff(500, 4_000) };
  return (await poll(look, waiting)) ?? [];
}

/** Like existingDroplets, of what is there now: waits for nothing. */
export async function dropletsNow(context: Context, names: readonly string[]): Promise<Droplet[]> {
  return lowestOfEach(await listed(context, [], { names, sure: new Set() })).stay;
}

/** Names that are to be created: whether one is taken is not to be answered by a list that lags. */
interface Named {
  names: readonly string[];
  /** Ids of droplets that exist: this run asked. */
  sure: Set<number>;
}

/** What stands on disk may be of any date: a run is never longer in doubt than one that was sent when this one began. */
const doubtEndsAt = ({ sentAt }: Run, startMs: number): number => Math.min(sentAt, startMs) + IN_DOUBT_MS;

/** Whether it goes on in another belt. One that says nothing of its process may, as long as it was heard of a short while ago. */
function isAtWork({ startedAt, sentAt, process }: Run, startMs: number): boolean {
  const own = thisProcess();
  if (process?.host === own.host) return process.pid !== own.pid && isRunning(process);
  const heardOf = Math.max(startedAt, sentAt);
  return heardOf <= startMs && startMs - heardOf < IN_DOUBT_MS;
}

/** The names in flight of which the run has no droplet yet. A damaged record has none. */
function missingOf({ id, inFlight }: Run, droplets: readonly Droplet[]): string[] {
  const own = droplets.filter(({ tags }) => hasTag(tags, runTag(id))).map(({ name }) => name);
  return Array.isArray(inFlight) ? inFlight.filter((name) => !own.includes(name)) : [];
}

const madeBy = ({ made }: Run): number[] => (Array.isArray(made) ? made : []);

/** The cluster's droplets and those that interrupted runs made. Listed ones that may be gone, or share a name, are checked one by one. */
async function listed(context: Context, runs: readonly Run[], { names, sure }: Named): Promise<Droplet[]> {
  const { cluster } = await context.settings();
  const known = new Set(knownNodes(await context.state(), cluster).map(({ id }) => id));
  const few = (some: readonly Droplet[]) => (some.length > ASKED_AT_MOST ? [] : some);
  const doubted = (list: readonly Droplet[]): Droplet[] => [
    // Made elsewhere, or deleted by this run a moment ago.
    ...few(list.filter(({ id }) => !known.has(id))),
    // Known from a list perhaps, and deleted by a colleague, by the control panel or by a run that was killed.
    ...few(list.filter(({ id, name }) => known.has(id) && !sure.has(id) && names.includes(name))),
  ];
  const droplets = await clusterDroplets(context, cluster, { further: runs.flatMap(madeBy), doubted });
  return droplets.filter(({ tags }) => isOfCluster(tags, cluster)).sort((a, b) => a.id - b.id);
}

/** Pins the droplets of runs that were cut off, then forgets those runs. */
async function adopt(context: Context, runs: readonly Run[], droplets: readonly Droplet[]): Promise<void> {
  const state = await context.state();
  const fleet = await context.fleet();
  for (const { id, hostKey, sentAt } of runs) {
    // Read again: one that goes on in another belt after all has moved while the droplets were listed.
    if (readRun(state, id)?.sentAt !== sentAt) continue;
    const key = keyBytes(String(hostKey));
    const own = droplets.filter(({ tags }) => hasTag(tags, runTag(id)));
    if (key && own.length > 0) await fleet.introduce(own, key);
    removeRun(state, id);
  }
}

/** The older of two droplets with the same name. Warns about the other and leaves it alone: it may belong to a run that is at work elsewhere. */
export function oneOfEach({ out }: Context, droplets: readonly Droplet[]): Droplet[] {
  const { stay, others } = lowestOfEach(droplets);
  for (const { id, name } of others) {
    const first = stay.find((droplet) => droplet.name === name);
    out.warn(`two droplets are named ${name}: ${first?.id} is used, and ${id} is left alone; remove it: belt rm ${id}`);
  }
  return stay;
}
