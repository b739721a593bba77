import { command } from '../../cli/command.ts';
import { clusterPart } from '../../config/cluster/write.ts';
import { type Context, withCluster } from '../../context.ts';
import { descriptionOf } from '../../descriptions/description.ts';
import { clusterName } from '../../descriptions/name.ts';
import { notDescribed, specIn } from '../../descriptions/spec.ts';

export default command({
  arguments: '[name]',
  summary: 'print a cluster’s description in the format of .belt.yaml',
  examples: [['belt cluster config shop', '']],
  run: (context, { name }) => clusterConfig(context, name),
});

/** `belt cluster config` — prints the description, as .belt.yaml would hold it. */
async function clusterConfig(context: Context, word: string | undefined): Promise<void> {
  const name = word === undefined ? (await context.settings()).cluster : clusterName(word);
  const found = await descriptionOf(context, name);
  if (!found) throw await notDescribed(context, name);
  if (context.out.json) return context.out.document(await specIn(withCluster(context, name), found));
  const text = found.keeper === 'belts' ? found.text : clusterPart(found);
  context.out.lines(text.trimEnd().split('\n'));
}
