// Droplets from requests, each followed until it is ready.

import { Ambiguous } from '../../cloud/errors.ts';
import { type Batch, type Lost, provision } from '../../cloud/provision.ts';
import { clusterTag } from '../../cloud/tags.ts';
import type { Context } from '../../context.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Failure } from '../../fleet/failures.ts';
import type { Droplet } from '../../model/droplet.ts';
import type { Progress } from '../../output/progress/progress.ts';
import { Follower, type FollowOptions } from './follow.ts';
import { endProgress, startProgress, starts } from './progress.ts';
import type { LiveRun } from './run.ts';

export interface MakeOptions extends Pick<FollowOptions, 'onReady'> {
  wait: boolean;
  /** Seconds. */
  timeout: number;
  concurrency: number;
  /** Told of each node that failed, as soon as it has. */
  onFailed?: (name: string, error: unknown) => void;
}

export interface Made {
  droplets: Droplet[];
  failures: Failure[];
}

/** What is known while the droplets are made, by name. */
interface Making extends Made {
  byName: Map<string, Droplet>;
  progress: Progress;
}

/** Sends the requests and waits until each node is ready or failed. @throws the signal's reason when interrupted */
export async function make(
  context: Context,
  run: LiveRun,
  requests: readonly Batch[],
  options: MakeOptions,
): Promise<Made> {
  const { existing, names } = run.setup;
  const byName = new Map(existing.map((droplet) => [droplet.name, droplet]));
  const goal = options.onReady ? 'swarm' : 'ready';
  const progress = await startProgress(context, starts(names, existing, requests, goal), { detail: 'nodes' });
  const making: Making = { byName, progress, failures: [], droplets: [] };
  const follower = options.wait ? await follow(context, making, options, run) : undefined;
  for (const droplet of existing) follower?.add(droplet);
  try {
    await send(context, run, requests, making, options, (droplet, trouble) => follower?.add(droplet, trouble));
    await follower?.done();
  } finally {
    follower?.stop();
    await endProgress(context, progress);
    takeOver(run, byName);
  }
  return { droplets: names.flatMap((name) => byName.get(name) ?? []), failures: making.failures };
}

async function follow(context: Context, making: Making, options: MakeOptions, run: LiveRun): Promise<Follower> {
  const { byName, progress, failures } = making;
  const { cluster } = await context.settings();
  return new Follower({
    context,
    cloud: await context.cloud(),
    tag: clusterTag(cluster),
    progress,
    needsEngine: run.setup.userData.install,
    deadline: context.clock.now() + options.timeout * 1000,
    onSeen: (droplet) => byName.set(droplet.name, droplet),
    onGone: (id) => {
      for (const [name, droplet] of byName) if (droplet.id === id) byName.delete(name);
    },
    onTrouble: ({ name }, trouble) => {
      if (trouble === undefined) run.unseen.delete(name);
      else run.unseen.add(name);
    },
    onFailed: (name, error) => {
      failures.push({ name, error });
      options.onFailed?.(name, error);
    },
    onReady: options.onReady,
  });
}

async function send(
  context: Context,
  run: LiveRun,
  requests: readonly Batch[],
  { byName, progress, failures }: Making,
  options: MakeOptions,
  onDroplet: (droplet: Droplet, trouble?: unknown) => void,
): Promise<void> {
  const { cluster } = await context.settings();
  const fail = (name: string, error: BeltError) => {
    progress.end(name, 'failed', messageOf(error));
    failures.push({ name, error });
    options.onFailed?.(name, error);
  };
  await provision(requests, {
    cloud: await context.cloud(),
    clock: context.clock,
    signal: context.signal,
    clusterTag: clusterTag(cluster),
    runTag: run.tag,
    concurrency: options.concurrency,
    deadline: context.clock.now() + options.timeout * 1000,
    onRequest: (names) => run.sending(names),
    onMade: (made) => {
      run.answered(
        made.map(({ name }) => name),
        made,
      );
      for (const droplet of made) byName.set(droplet.name, droplet);
    },
    onStays: (droplet, trouble) => {
      // It may have an address by now.
      byName.set(droplet.name, droplet);
      onDroplet(droplet, trouble);
    },
    onLost: (name, lost) => {
      run.lost(name);
      byName.delete(name);
      fail(name, madeElsewhere(name, lost));
    },
    onFailed: (names, error) => {
      // Names in doubt stay in the run's record: the next run waits for them before it makes them again.
      if (!inDoubt(error)) run.answered(names, []);
      for (const name of names) fail(name, error);
    },
  });
}

/** Another run made the node. What its host key is, only that run knows. */
export class MadeElsewhere extends BeltError {
  override readonly name = 'MadeElsewhere';
}

function madeElsewhere(name: string, { made, stays, error }: Lost): MadeElsewhere {
  const own =
    made === undefined
      ? ''
      : error
        ? `, and this run could not remove its own: ${error.message}`
        : ', and this run removed its own';
  const remove = made !== undefined && error ? `belt rm ${made.id} · ` : '';
  return new MadeElsewhere(`another run created it at the same time (droplet ${stays.id})${own}`, {
    hint: `${remove}its host key is not known here: belt trust ${name}`,
  });
}

const inDoubt = (error: BeltError): boolean => error instanceof Ambiguous || error.cause instanceof Ambiguous;

/** The run's droplets as they were seen last: with addresses, and without those that DigitalOcean failed to make. */
function takeOver(run: LiveRun, byName: ReadonlyMap<string, Droplet>): void {
  for (const name of run.created.keys()) {
    const droplet = byName.get(name);
    if (droplet) run.created.set(name, droplet);
    else run.created.delete(name);
  }
}
