// Droplets from requests, each followed on its own until it is ready: no node waits for another (design rule 4).
import pLimit from 'p-limit';
import { type Batch, provision } from '../../cloud/provision.ts';
import type { Droplet } from '../../cloud/schemas.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { watch } from '../../cloud/watch.ts';
import type { Context } from '../../context.ts';
import { BeltError, messageOf } from '../../errors.ts';
import { Progress } from '../../output/progress.ts';
import type { CreateOptions } from '../create.ts';
import type { Failure } from '../shared/failures.ts';
import { type NodeReady, nodeReady } from './ready.ts';
import type { LiveRun } from './run.ts';

export interface Made {
  droplets: Droplet[];
  failures: Failure[];
}

/** Handshakes are CPU work: more side by side would only time out. */
const HANDSHAKES_AT_ONCE = 32;

/** Sends the requests and waits until each node is ready or failed. @throws the signal's reason when interrupted */
export async function make(
  context: Context,
  run: LiveRun,
  requests: readonly Batch[],
  options: CreateOptions,
): Promise<Made> {
  const { existing, names } = run.planned;
  const droplets = new Map(existing.map((droplet) => [droplet.name, droplet]));
  const failures: Failure[] = [];
  const progress = new Progress(context.out, context.clock, names, 'creating');
  const follow = options.wait ? await follower(context, droplets, progress, failures, options) : undefined;
  for (const droplet of existing) follow?.add(droplet);
  try {
    await provision(requests, {
      cloud: await context.cloud(),
      clock: context.clock,
      signal: context.signal,
      runTag: run.tag,
      concurrency: options.concurrency,
      onRequest: run.sending,
      onCreated: (made) => {
        run.answered(
          made.map(({ name }) => name),
          made,
        );
        for (const droplet of made) {
          droplets.set(droplet.name, droplet);
          follow?.add(droplet);
        }
      },
      onFailed: (failed, error) => {
        run.answered(failed, []);
        for (const name of failed) {
          progress.end(name, 'failed', messageOf(error));
          failures.push({ name, error });
        }
      },
    });
    await follow?.done();
  } finally {
    follow?.stop();
    progress.stop();
    for (const name of run.created.keys()) {
      const droplet = droplets.get(name);
      if (droplet) run.created.set(name, droplet);
      else run.created.delete(name);
    }
  }
  return { droplets: names.flatMap((name) => droplets.get(name) ?? []), failures };
}

interface Follower {
  add(droplet: Droplet): void;
  /** Resolves when every node that was added is ready or failed. */
  done(): Promise<void>;
  stop(): void;
}

/** Follows droplets from their creation to ready: one list poll for all, SSH to each as soon as it has an address. */
async function follower(
  context: Context,
  droplets: Map<string, Droplet>,
  progress: Progress,
  failures: Failure[],
  options: CreateOptions,
): Promise<Follower> {
  const { cluster } = await context.settings();
  const deadline = context.clock.now() + options.timeout * 1000;
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const limit = pLimit({ concurrency: HANDSHAKES_AT_ONCE, rejectOnClear: true });
  const addressed = new Map<number, (outcome: Droplet | Error) => void>();
  const tasks: Promise<void>[] = [];

  const looking = watch({
    cloud: await context.cloud(),
    clock: context.clock,
    signal,
    tag: clusterTag(cluster),
    onSeen: (droplet) => {
      droplets.set(droplet.name, droplet);
      if (droplet.publicAddress !== undefined) addressed.get(droplet.id)?.(droplet);
    },
    onGone: (id) => {
      for (const [name, droplet] of droplets) if (droplet.id === id) droplets.delete(name);
      addressed.get(id)?.(new BeltError('DigitalOcean accepted it and then failed to make it: the droplet is gone'));
    },
    onTrouble: (error) => {
      if (context.out.stderr.isTTY)
        for (const name of droplets.keys()) progress.phase(name, 'booting', messageOf(error));
    },
  });

  const one = async (droplet: Droplet): Promise<void> => {
    const fail = (error: unknown) => {
      progress.end(droplet.name, 'failed', messageOf(error));
      failures.push({ name: droplet.name, error });
    };
    try {
      progress.phase(droplet.name, 'booting');
      const gone = new AbortController();
      const withAddress = await new Promise<Droplet>((resolve, reject) => {
        const late = new BeltError('it had no address in time', { hint: `see: belt ls ${droplet.name}` });
        const timer = setTimeout(() => reject(late), Math.max(0, deadline - context.clock.now()));
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        addressed.set(droplet.id, (outcome) => {
          clearTimeout(timer);
          if (outcome instanceof Error) {
            gone.abort(outcome);
            reject(outcome);
          } else resolve(outcome);
        });
        looking.add(droplet.id);
        if (droplet.publicAddress !== undefined) addressed.get(droplet.id)!(droplet);
      });
      const state: NodeReady = await nodeReady(context, withAddress, {
        deadline,
        limit,
        signal: AbortSignal.any([signal, gone.signal]),
        onPhase: (phase, trouble) => progress.phase(droplet.name, phase, trouble),
      });
      for (const warning of state.warnings) context.out.warn(warning);
      progress.end(droplet.name, 'done');
    } catch (error) {
      context.signal.throwIfAborted();
      fail(error);
    } finally {
      looking.drop(droplet.id);
    }
  };

  return {
    add: (droplet) => void tasks.push(one(droplet)),
    done: async () => void (await Promise.all(tasks)),
    stop: () => {
      for (const task of tasks) task.catch(() => {});
      ended.abort(new Error('done'));
    },
  };
}
