import type { Droplet } from '../cloud/schemas.ts';
import { clusterTag, isBelts } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { nearest, select } from '../patterns/index.ts';
import { agreed, confirm } from './shared/agree.ts';
import { throwFailures, throwRefusal } from './shared/failures.ts';
import { countOf, listDoomed, removeDroplets, tellDoomed } from './shared/remove.ts';

export interface RmOptions {
  yes?: boolean;
  any?: boolean;
  dryRun?: boolean;
}

/** `belt rm` — lists what would go, asks, deletes, waits until it is gone. */
export async function rm(context: Context, patterns: readonly string[], options: RmOptions): Promise<void> {
  const doomed = await chosen(context, patterns, options);
  if (doomed.length === 0)
    throw new UsageError(`${patterns.join(' ')} leaves no node to remove`, { hint: 'see: belt ls' });
  if (options.dryRun) return tellDoomed(context, doomed);
  listDoomed(context, doomed);
  const consent = { yes: options.yes, asks: 'rm asks before it deletes', hint: 'add -y if you are sure' };
  const ask = () => confirm(context, `Delete ${countOf(doomed)}?`);
  if (!(await agreed(context, consent, ask))) throw new BeltError('nothing was removed');
  const failures = await removeDroplets(context, doomed);
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
