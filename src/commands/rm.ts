import pLimit from 'p-limit';
import type { Cloud } from '../cloud/client.ts';
import type { Droplet } from '../cloud/schemas.ts';
import { clusterTag, isBelts } from '../cloud/tags.ts';
import { activeNode, setActiveNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { BeltError, Interrupted, UsageError } from '../errors.ts';
import { compact, nearest, select } from '../patterns/index.ts';
import { type Failure, throwFailures, throwRefusal } from './shared/failures.ts';

export interface RmOptions {
  yes?: boolean;
  any?: boolean;
}

const AT_ONCE = 8;
const POLL_MS = 1_000;
const GONE_WITHIN_MS = 120_000;

/** `belt rm` — lists what would go, asks, deletes, waits until it is gone. */
export async function rm(context: Context, patterns: readonly string[], options: RmOptions): Promise<void> {
  const doomed = await chosen(context, patterns, options);
  if (doomed.length === 0)
    throw new UsageError(`${patterns.join(' ')} leaves no node to remove`, { hint: 'see: belt ls' });
  if (!(await agreed(context, doomed, options))) throw new BeltError('nothing was removed');
  const failures = await remove(context, doomed);
  if (failures.length === doomed.length) throwRefusal(failures);
  throwFailures(failures, doomed.length, 'run the same command again');
}

async function chosen(context: Context, patterns: readonly string[], { any }: RmOptions): Promise<Droplet[]> {
  const { cluster } = await context.settings();
  const cloud = await context.cloud();
  const own = await cloud.droplets({ tag: clusterTag(cluster) });
  const inCluster = select(patterns, own);
  if (inCluster.missing.length === 0) return inCluster.chosen;
  // Perhaps droplets that belt did not make: the whole account knows.
  const account = await cloud.droplets();
  const { chosen: found, missing } = select(patterns, account);
  const [first] = missing;
  if (first !== undefined) {
    const near = nearest(
      first,
      own.map(({ name }) => name),
    );
    throw new UsageError(`there is no node "${first}"`, {
      hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'see: belt ls',
    });
  }
  const foreign = found.find((droplet) => !droplet.tags.includes(clusterTag(cluster)));
  if (!foreign || any) return found;
  const whose = isBelts(foreign.tags) ? 'belongs to another cluster' : 'was not made by belt';
  throw new UsageError(`${foreign.name} ${whose}`, { hint: 'if you are sure, --any removes it all the same' });
}

async function agreed(context: Context, doomed: readonly Droplet[], { yes }: RmOptions): Promise<boolean> {
  const { out } = context;
  const count = `${doomed.length} ${doomed.length === 1 ? 'droplet' : 'droplets'}`;
  out.note(`${count} would go, with all that is on ${doomed.length === 1 ? 'it' : 'them'}:`);
  for (const { id, name, publicAddress, region, size } of doomed) {
    out.note(`  ${[name, id, publicAddress ?? 'no address', region, size].join('  ')}`);
  }
  if (yes) return true;
  if (!context.interactive) {
    throw new UsageError(`rm asks before it deletes, and there is no terminal to ask on`, {
      hint: 'add -y if you are sure',
    });
  }
  const { confirm } = await import('../output/prompt.ts');
  return confirm(context, `Delete ${count}?`);
}

async function remove(context: Context, doomed: readonly Droplet[]): Promise<Failure[]> {
  const cloud = await context.cloud();
  const fleet = await context.fleet();
  const failures: Failure[] = [];
  const limit = pLimit({ concurrency: AT_ONCE, rejectOnClear: true });
  try {
    await Promise.all(
      doomed.map((droplet) =>
        limit(async () => {
          try {
            await cloud.deleteDroplet(droplet.id);
          } catch (error) {
            context.signal.throwIfAborted();
            failures.push({ name: droplet.name, error });
          }
        }),
      ),
    );
    const left = doomed.filter(({ name }) => !failures.some((failure) => failure.name === name));
    failures.push(...(await untilGone(context, cloud, left)));
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(`interrupted: some of ${compact(doomed.map(({ name }) => name))} may be gone`, {
      hint: 'see: belt ls',
    });
  }
  const gone = doomed.filter(({ name }) => !failures.some((failure) => failure.name === name));
  await fleet.forget(gone);
  await forgetActive(context, gone);
  if (context.out.json) context.out.document(gone.map(({ id, name }) => ({ id, name, removed: true })));
  else context.out.lines(gone.map(({ name }) => `${name}: removed`));
  return failures;
}

/** A deleted droplet stays in lists for a moment. */
async function untilGone(context: Context, cloud: Cloud, deleted: readonly Droplet[]): Promise<Failure[]> {
  const { clock, signal } = context;
  const { cluster } = await context.settings();
  const deadline = clock.now() + GONE_WITHIN_MS;
  let waiting = deleted;
  while (waiting.length > 0) {
    const listed = await cloud.droplets({ tag: clusterTag(cluster) });
    const ids = new Set(listed.map(({ id }) => id));
    const foreign = waiting.filter(({ tags }) => !tags.includes(clusterTag(cluster)));
    const still = await Promise.all(foreign.map(async ({ id }) => ((await cloud.droplet(id)) ? [id] : [])));
    for (const id of still.flat()) ids.add(id);
    waiting = waiting.filter(({ id }) => ids.has(id));
    if (waiting.length === 0) break;
    if (clock.now() > deadline) {
      return waiting.map(({ name }) => ({ name, error: new BeltError(`${name} was deleted and is still listed`) }));
    }
    await clock.sleep(POLL_MS, signal);
  }
  return [];
}

async function forgetActive(context: Context, gone: readonly Droplet[]): Promise<void> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const name = activeNode(state, cluster);
  if (name !== undefined && gone.some((droplet) => droplet.name === name)) setActiveNode(state, cluster, undefined);
}
