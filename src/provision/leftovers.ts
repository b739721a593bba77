// What a run that failed leaves behind: what stands, what it costs, and what to do about it.

import { monthlyCost } from '../cloud/sizes.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { clusterDroplets } from '../fleet/cluster-droplets.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';

export interface StandingOptions {
  /** The command that goes on. */
  finish: string;
  /** What takes away what the run made; undefined where it made nothing. */
  clean: string | undefined;
  /** What is known to stand, for when DigitalOcean cannot be asked. */
  known: readonly Droplet[];
}

/** Asks DigitalOcean what of the cluster stands, and tells it in a line on stderr. */
export async function tellStanding(context: Context, options: StandingOptions): Promise<void> {
  const { out } = context;
  const { cluster } = await context.settings();
  try {
    out.note(standing(await clusterDroplets(context, cluster, { partial: true }), options));
  } catch (error) {
    context.signal.throwIfAborted();
    out.warn(`cannot ask DigitalOcean what exists: ${messageOf(error)}; what belt saw last:`);
    out.note(standing(options.known, options));
  }
}

function standing(droplets: readonly Droplet[], { finish, clean }: StandingOptions): string {
  if (droplets.length === 0) return `no droplets exist, nothing is billed · finish: ${finish}`;
  const names = compact(droplets.map(({ name }) => name));
  const stand = droplets.length === 1 ? 'exists' : 'exist';
  const cost = monthlyCost(droplets).toFixed(2);
  return `${names} ${stand}, ${cost} USD a month · finish: ${finish}${clean === undefined ? '' : ` · remove: ${clean}`}`;
}
