import { command } from '../../cli/command.ts';
import { setChosenCluster } from '../../config/projects.ts';
import type { Context } from '../../context.ts';
import { checkExists, ownCluster } from '../../known-clusters/exists.ts';
import { clusterName } from '../../known-clusters/name.ts';

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
  await choose(context, name);
  if (context.out.json) context.out.document({ cluster: name });
  else context.out.line(name);
}

/** The file's own cluster is no choice: when the file names another one, that is followed. */
export async function choose(context: Context, name: string): Promise<void> {
  setChosenCluster(await context.settings(), name === (await ownCluster(context)) ? undefined : name);
  const variable = context.env['BELT_CLUSTER']?.trim();
  if (variable && variable !== name) context.out.warn(`BELT_CLUSTER=${variable} takes precedence`);
}
