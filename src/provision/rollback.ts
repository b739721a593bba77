// What a run that failed made, away again.

import type { Context } from '../context.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Droplet } from '../model/droplet.ts';

/** Removes what was made, in the way that it goes, and says how much of it is gone; gives what failed. */
export async function rollBack(
  { out }: Context,
  created: readonly Droplet[],
  remove: (droplets: readonly Droplet[]) => Promise<Failure[]>,
): Promise<Failure[]> {
  const kept = await remove(created);
  out.note(`rolled back: ${created.length - kept.length} of ${created.length} droplets deleted`);
  return kept;
}
