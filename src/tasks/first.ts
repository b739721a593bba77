import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import type { SharedConnections } from './connections.ts';
import { findTasks, type Place } from './find.ts';
import type { TaskWord } from './word.ts';

/**
 * The one task that a word means: of a service without a slot the lowest that runs, which is told where there are others. `verb`
 * begins what is told: `in`, `to`, `from`; `canAll`: the command takes all of them, too; `isWhole`: the word means all of them.
 * @throws UsageError for a word that means all
 */
export async function firstOf(
  context: Context,
  connections: SharedConnections,
  word: TaskWord,
  { verb, canAll, isWhole }: { verb: string; canAll: boolean; isWhole: boolean },
): Promise<Place> {
  if (isWhole) throw new UsageError('this takes one task', { hint: 'name its slot, such as: web.1' });
  const [place, ...others] = (await findTasks(context, connections, word)) as [Place, ...Place[]];
  if (others.length > 0) {
    const all = quoteWord(`${place.task?.service}.*`);
    const more = canAll ? `, all of them: ${all}` : '';
    context.out.note(`${verb} ${place.name}, the first of ${others.length + 1} (another: ${others[0]!.name}${more})`);
  }
  return place;
}
