import { command } from '../../cli/command.ts';
import { described } from '../../cli/options.ts';
import type { Context } from '../../context.ts';
import { clusterName } from '../../descriptions/name.ts';
import { UsageError } from '../../errors.ts';
import { updateDescription } from './change.ts';
import { type DescribeOptions, saysSomething } from './words.ts';

export default command({
  arguments: '[name]',
  summary: 'change a description; belt up applies it',
  options: described,
  examples: [
    ['belt cluster update shop --worker 8', 'counts on from the names that there are'],
    ['belt cluster update --label tier=web', 'the chosen cluster'],
  ],
  run: (context, { name }, options) => clusterUpdate(context, name, options),
});

/** `belt cluster update` — changes a description; the droplets stay as they are until `up`. */
async function clusterUpdate(context: Context, word: string | undefined, options: DescribeOptions): Promise<void> {
  const { cluster } = await context.settings();
  const name = word === undefined ? cluster : clusterName(word);
  if (!saysSomething(options)) {
    throw new UsageError('nothing to update: no options given', { hint: 'see: belt help cluster update' });
  }
  const shown = await updateDescription(context, name, options);
  if (context.out.json) return context.out.document({ cluster: name, described: shown });
  context.out.line(name);
  context.out.note(`${shown} updated; apply it: ${name === cluster ? 'belt up' : `belt cluster provision ${name}`}`);
}
