// Changes a cluster's description.
import { writeDescription } from '../../config/cluster/folder.ts';
import { readCluster } from '../../config/cluster/read.ts';
import { changed } from '../../config/cluster/write.ts';
import type { Context } from '../../context.ts';
import { descriptionOf } from '../../descriptions/description.ts';
import { notDescribed } from '../../descriptions/spec.ts';
import { UsageError } from '../../errors.ts';
import { changeOf, type DescribeOptions } from './words.ts';

/** Changes the description as the words say; gives where it is. @throws UsageError when it is not belt's to change */
export async function updateDescription(context: Context, name: string, options: DescribeOptions): Promise<string> {
  const found = await descriptionOf(context, name);
  if (!found) throw await notDescribed(context, name);
  const { shown, keeper } = found;
  if (keeper === 'users') {
    throw new UsageError(`${name} is described in ${shown}, which belt does not edit`, {
      hint: `edit it there, then: belt up`,
    });
  }
  const { spec } = readCluster(found);
  const text = changed(found, changeOf(name, spec, options));
  readCluster({ text, shown });
  writeDescription(await context.descriptions(), name, text);
  return shown;
}
