// Which droplets of the cluster exist, with what an earlier run that was cut off may still be making.
import type { Droplet } from '../../cloud/schemas.ts';
import { clusterTag, runTag } from '../../cloud/tags.ts';
import { type Run, readRun, removeRun, unfinishedRuns } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import { compact } from '../../patterns/index.ts';
import { keyBytes } from '../../ssh/fingerprint.ts';

/** How long after it was sent a create request may still make droplets, in ms. */
const SETTLED_AFTER_MS = 5_000;
const POLL_MS = 500;

/** The cluster's droplets. Where a killed run had requests in flight for these names, waits until they are settled. */
export async function existingDroplets(context: Context, names: readonly string[]): Promise<Droplet[]> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const cloud = await context.cloud();
  const wanted = new Set(names);
  for (let told = false; ; ) {
    const askedAt = context.clock.now();
    const runs = unfinishedRuns(state, cluster);
    const droplets = await cloud.droplets({ tag: clusterTag(cluster) });
    const made = new Set(droplets.map(({ name }) => name));
    const open = runs
      .filter(({ sentAt }) => context.clock.now() - sentAt < SETTLED_AFTER_MS)
      .flatMap(({ inFlight }) => inFlight.filter((name) => wanted.has(name) && !made.has(name)));
    if (open.length === 0) {
      await adopt(context, runs, droplets, askedAt);
      return droplets;
    }
    if (!told)
      context.out.note(`another run is making ${compact(open)}, or was cut off on the way: looking whether they come`);
    told = true;
    await context.clock.sleep(POLL_MS, context.signal);
  }
}

/** Pins the droplets of runs that were cut off, then forgets those runs. What may still be at work is left alone. */
async function adopt(
  context: Context,
  runs: readonly Run[],
  droplets: readonly Droplet[],
  askedAt: number,
): Promise<void> {
  const state = await context.state();
  const fleet = await context.fleet();
  for (const { id } of runs) {
    // Read again: a run that goes on in another belt has moved while the droplets were listed.
    const run = readRun(state, id);
    if (!run || askedAt - Math.max(run.sentAt, run.startedAt) < SETTLED_AFTER_MS) continue;
    const key = keyBytes(run.hostKey);
    const own = droplets.filter(({ tags }) => tags.includes(runTag(id)));
    if (key && own.length > 0) await fleet.introduce(own, key);
    removeRun(state, id);
  }
}
