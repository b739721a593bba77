// Deletes droplets, waits until they are gone, and forgets them. Their swarm is not considered here.
import pLimit from 'p-limit';
import type { Cloud } from '../cloud/client.ts';
import { clusterTag, isOfCluster } from '../cloud/tags.ts';
import { activeNode, setActiveNode } from '../config/choices.ts';
import { rememberGone } from '../config/gone.ts';
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { poll } from '../wait.ts';

const AT_ONCE = 8;
const POLL_MS = 1_000;
const GONE_WITHIN_MS = 120_000;
/** Used when leaving the swarm took all the time: a deletion takes effect within seconds. */
const LEAST_MS = 5_000;

/** A droplet that is not gone, and why. */
export interface RemovalFailure {
  id: number;
  name: string;
  error: unknown;
}

export interface DeleteOptions {
  /** What has to be done before a droplet is deleted; where it fails, the droplet stays. */
  ready?: (droplet: Droplet) => Promise<void> | undefined;
  /** Called for each droplet once DigitalOcean accepted the request to delete it. */
  onDeleted?: (droplet: Droplet) => void;
  /** Called for each droplet that is gone. */
  onGone?: (droplet: Droplet) => void;
  /** Gives up waiting until they are gone by then, ms since the epoch; after 2 minutes in any case. */
  deadline?: number;
}

/** Deletes droplets and forgets them; returns those that are not gone. @throws when interrupted */
export async function deleteDroplets(
  context: Context,
  droplets: readonly Droplet[],
  options: DeleteOptions = {},
): Promise<RemovalFailure[]> {
  const cloud = await context.cloud();
  const limit = pLimit(AT_ONCE);
  const deleteOne = async (droplet: Droplet) => {
    await options.ready?.(droplet);
    await limit(() => cloud.deleteDroplet(droplet.id));
    // It may still exist for a moment.
    options.onDeleted?.(droplet);
    return droplet;
  };
  const { done, failures } = await eachNode(context, droplets, deleteOne, { atOnce: Math.max(droplets.length, 1) });
  return [
    ...failures.map(({ node: { id }, name, error }) => ({ id, name, error })),
    ...(await untilGone(
      context,
      done.map(({ node }) => node),
      options,
    )),
  ];
}

/** Waits until deleted droplets are gone, and forgets those; returns the others. @throws when interrupted */
async function untilGone(
  context: Context,
  droplets: readonly Droplet[],
  { onGone, deadline: latest = Number.POSITIVE_INFINITY }: DeleteOptions,
): Promise<RemovalFailure[]> {
  const { clock, signal } = context;
  const cloud = await context.cloud();
  const tag = clusterTag((await context.settings()).cluster);
  let waiting = droplets;
  const look = async () => {
    const there = await stillThere(cloud, waiting, tag);
    const gone = waiting.filter(({ id }) => !there.has(id));
    waiting = waiting.filter(({ id }) => there.has(id));
    for (const droplet of gone) onGone?.(droplet);
    if (gone.length > 0) await forget(context, gone);
    return waiting.length === 0 ? true : undefined;
  };
  const failed = (why: (name: string) => unknown) => waiting.map(({ id, name }) => ({ id, name, error: why(name) }));
  try {
    const now = clock.now();
    const deadline = Math.min(now + GONE_WITHIN_MS, Math.max(latest, now + LEAST_MS));
    await poll(look, { clock, signal, deadline, intervalMs: POLL_MS });
  } catch (error) {
    signal.throwIfAborted();
    return failed(() => error);
  }
  return failed(
    (name) =>
      new BeltError(`${name} was deleted, but DigitalOcean still lists it`, {
        hint: 'run the same command again in a few minutes; until then: belt ls',
      }),
  );
}

/** Up to this many are requested one by one. */
const FEW = 4;

/** Ids of those that exist. Only the request for an id proves that there is none: a list may lack one that exists. */
async function stillThere(cloud: Cloud, droplets: readonly Droplet[], tag: string): Promise<Set<number>> {
  const listed = new Set(droplets.length > FEW ? (await cloud.droplets({ tag })).map(({ id }) => id) : []);
  const unlisted = droplets.filter(({ id }) => !listed.has(id));
  const found = await Promise.all(unlisted.map(({ id }) => cloud.droplet(id)));
  return new Set(
    [...droplets.filter(({ id }) => listed.has(id)), ...found.flatMap((one) => one ?? [])].map(({ id }) => id),
  );
}

/** What is gone is gone, whatever becomes of the notes about it: that they could not be written is no failure of the removal. */
async function forget(context: Context, gone: readonly Droplet[]): Promise<void> {
  try {
    await forgetAll(context, gone);
  } catch (error) {
    context.signal.throwIfAborted();
    const names = compact(gone.map(({ name }) => name));
    context.out.warn(
      `${names} ${gone.length === 1 ? 'is' : 'are'} deleted, but belt could not remove all of its own notes about ${gone.length === 1 ? 'it' : 'them'}: ${messageOf(error)}`,
    );
  }
}

async function forgetAll(context: Context, gone: readonly Droplet[]): Promise<void> {
  const { cluster } = await context.settings();
  const state = await context.state();
  rememberGone(state, gone, context.clock.now());
  await (await context.fleet()).forget(gone);
  const active = activeNode(state, cluster);
  if (active === undefined || gone.every(({ name }) => name !== active)) return;
  // Another droplet may have the same name.
  const others = await (await context.cloud()).droplets({ name: active });
  const ids = new Set(gone.map(({ id }) => id));
  if (others.every(({ id, tags }) => ids.has(id) || !isOfCluster(tags, cluster)))
    setActiveNode(state, cluster, undefined);
}
