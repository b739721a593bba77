// Nodes that the file of the chosen cluster lists and that have no droplet, for lists and for words that name them.
import { nodeNames } from '../cluster/plan.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { compact, naturalCompare } from '../patterns/index.ts';
import { descriptionOf } from './description.ts';

export interface WithoutDroplet {
  /** In natural order. */
  names: string[];
  /** The file, as messages name it. */
  file: string;
}

/** Those that are not among `there`; undefined where there is none, or nothing here describes the cluster. */
export async function withoutDroplet(context: Context, there: readonly string[]): Promise<WithoutDroplet | undefined> {
  const { cluster } = await context.settings();
  // A file that cannot be read is the next command's to report.
  const description = await descriptionOf(context, cluster).catch(() => undefined);
  if (!description) return undefined;
  const { readCluster } = await import('../config/cluster/read.ts');
  try {
    const names = nodeNames(readCluster(description).spec).filter((name) => !there.includes(name));
    return names.length > 0 ? { names: names.sort(naturalCompare), file: description.shown } : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The error for words that name such nodes and nothing else that is missing; undefined for other words. */
export async function noDropletYet(
  context: Context,
  missing: readonly string[],
  there: readonly string[],
): Promise<UsageError | undefined> {
  const without = await withoutDroplet(context, there);
  if (!without || !missing.every((name) => without.names.includes(name))) return undefined;
  const [verb, it] = missing.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return new UsageError(`${compact(missing)} ${verb} no droplet`, {
    hint: `${without.file} lists ${it}; create ${it}: belt up`,
  });
}
