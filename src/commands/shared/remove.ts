// Droplets away: deleted, waited for until they are gone, and forgotten.
import pLimit from 'p-limit';
import type { Cloud } from '../../cloud/client.ts';
import type { Droplet } from '../../cloud/schemas.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { activeNode, setActiveNode } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import { BeltError, Interrupted } from '../../errors.ts';
import { compact } from '../../patterns/index.ts';
import type { Failure } from './failures.ts';

const AT_ONCE = 8;
const POLL_MS = 1_000;
const GONE_WITHIN_MS = 120_000;

export const countOf = (droplets: readonly Droplet[]): string =>
  `${droplets.length} ${droplets.length === 1 ? 'droplet' : 'droplets'}`;

/** Tells what would go. */
export function listDoomed({ out }: Context, doomed: readonly Droplet[]): void {
  out.note(`${countOf(doomed)} would go, with all that is on ${doomed.length === 1 ? 'it' : 'them'}:`);
  for (const { id, name, publicAddress, region, size } of doomed) {
    out.note(`  ${[name, id, publicAddress ?? 'no address', region, size].join('  ')}`);
  }
}

/** The result of a dry run: what would go, and nothing goes. */
export function tellDoomed({ out }: Context, doomed: readonly Droplet[]): void {
  if (out.json) return out.document(doomed.map(({ id, name }) => ({ id, name, removed: false })));
  out.lines(doomed.map(({ id, name, size, region }) => `${name}: would be removed (${id}, ${size}, ${region})`));
}

/** Deletes them and prints each that is gone; gives what failed. @throws Interrupted */
export async function removeDroplets(context: Context, doomed: readonly Droplet[]): Promise<Failure[]> {
  const failures = await deleteDroplets(context, doomed);
  const gone = without(doomed, failures);
  if (context.out.json) context.out.document(gone.map(({ id, name }) => ({ id, name, removed: true })));
  else context.out.lines(gone.map(({ name }) => `${name}: removed`));
  return failures;
}

const without = (droplets: readonly Droplet[], failures: readonly Failure[]): Droplet[] =>
  droplets.filter(({ name }) => !failures.some((failure) => failure.name === name));

/** Deletes them, waits until they are gone and forgets them; gives what failed. @throws Interrupted */
export async function deleteDroplets(context: Context, doomed: readonly Droplet[]): Promise<Failure[]> {
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
    failures.push(...(await untilGone(context, cloud, without(doomed, failures))));
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(`interrupted: some of ${compact(doomed.map(({ name }) => name))} may be gone`, {
      hint: 'see: belt ls',
    });
  }
  const gone = without(doomed, failures);
  await fleet.forget(gone);
  await forgetActive(context, gone);
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
