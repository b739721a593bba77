// Droplets that an earlier run made, which may still be booting.

import { clusterTag } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { Addresses } from '../provision/create/addresses.ts';
import { standing, startProgress } from '../provision/create/progress.ts';
import { nodeReady } from '../provision/create/ready.ts';
import type { Reachable } from './look.ts';

interface ReachableOptions {
  cluster: string;
  /** Gives up on a droplet that is not ready by then, ms since the epoch. */
  deadline: number;
}

/** Lets `use` wait until a droplet is ready, which gives it as it is then. Who waits is shown. */
export async function withReachable<T>(
  context: Context,
  { cluster, deadline }: ReachableOptions,
  use: (reachable: Reachable) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const cloud = await context.cloud();
  const progress = await startProgress(context, [], { detail: 'counts' });
  const onTrouble = ({ name }: Droplet, trouble: string | undefined) => progress.phase(name, 'booting', trouble);
  const addresses = new Addresses({ context, cloud, tag: clusterTag(cluster), signal, deadline, onTrouble });
  const reachable: Reachable = (droplet) => {
    progress.add(standing(droplet, 'ready'));
    const whenReady = addresses.with(droplet, async (found, gone) => {
      await nodeReady(context, found, {
        deadline,
        signal: gone,
        limit: (task) => task(),
        onPhase: (phase, trouble) => {
          progress.phase(found.name, phase, trouble);
          context.trace?.(`${found.name} ${phase}${trouble ? `: ${trouble}` : ''}`);
        },
      });
      progress.end(found.name, 'ready');
      return found;
    });
    return whenReady.catch((error) => {
      progress.end(droplet.name, 'failed', messageOf(error));
      throw error;
    });
  };
  try {
    return await use(reachable);
  } finally {
    progress.stop();
    ended.abort(new Error('done'));
  }
}
