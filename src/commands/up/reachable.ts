// Droplets that an earlier run made, which may still be booting.
import type { Droplet } from '../../cloud/schemas.ts';
import { clusterTag } from '../../cloud/tags.ts';
import type { Context } from '../../context.ts';
import { Addresses } from '../create/addresses.ts';
import { nodeReady } from '../create/ready.ts';
import type { Before } from './swarm.ts';

interface ReachableOptions {
  cluster: string;
  /** Gives up on a droplet that is not ready by then, ms since the epoch. */
  deadline: number;
}

/** Lets `use` wait until a droplet is ready, which gives it as it is then. */
export async function withReachable<T>(
  context: Context,
  { cluster, deadline }: ReachableOptions,
  use: (reachable: Before<Droplet>) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const cloud = await context.cloud();
  const addresses = new Addresses({ context, cloud, tag: clusterTag(cluster), signal, deadline });
  const reachable: Before<Droplet> = (droplet) =>
    addresses.with(droplet, async (found, gone) => {
      await nodeReady(context, found, {
        deadline,
        signal: gone,
        limit: (task) => task(),
        onPhase: (phase, trouble) => context.trace?.(`${found.name} ${phase}${trouble ? `: ${trouble}` : ''}`),
      });
      return found;
    });
  try {
    return await use(reachable);
  } finally {
    ended.abort(new Error('done'));
  }
}
