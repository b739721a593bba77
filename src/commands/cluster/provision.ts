import { type Context, withCluster } from '../../context.ts';
import { type UpOptions, up } from '../up.ts';
import { updateDescription } from './update.ts';
import { clusterName, clusterWords, type DescribeOptions, saysSomething } from './words.ts';

/** `belt cluster provision` — `up` on a cluster, after its description was changed as the words say. Gives the exit code. */
export async function clusterProvision(
  context: Context,
  word: string | undefined,
  options: DescribeOptions & UpOptions,
): Promise<number> {
  const { cluster } = await context.settings();
  const name = word === undefined ? cluster : clusterName(word);
  if (saysSomething(options)) {
    const shown = await updateDescription(context, name, options);
    context.out.note(`${shown} updated`);
  }
  const { yes, timeout, concurrency } = options;
  const about = name === cluster ? {} : { goOn: `belt cluster provision ${name}`, prefix: clusterWords(name) };
  return await up(withCluster(context, name), { ...(yes && { yes }), timeout, concurrency, ...about });
}
