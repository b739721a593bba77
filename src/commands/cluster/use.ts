import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { clusterName } from '../../descriptions/name.ts';
import { chooseCluster } from '../../known-clusters/choose.ts';
import { checkExists } from '../../known-clusters/exists.ts';

export default command({
  arguments: '<name>',
  summary: 'choose the cluster that commands act on',
  examples: [['belt cluster use shop', '']],
  run: (context, { name }) => clusterUse(context, name),
});

/** `belt cluster use` — chooses the cluster that commands are about. */
async function clusterUse(context: Context, word: string): Promise<void> {
  const name = clusterName(word);
  await checkExists(context, name);
  await chooseCluster(context, name);
  if (context.out.json) context.out.document({ cluster: name });
  else context.out.line(name);
}
