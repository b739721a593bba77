import { agreed, confirm } from '../../agree.ts';
import { command, flag, type Values } from '../../cli/command.ts';
import { isSameCluster } from '../../cloud/tags.ts';
import { removeDescription } from '../../config/cluster/folder.ts';
import { chosenCluster, setChosenCluster } from '../../config/projects.ts';
import { type Context, withCluster } from '../../context.ts';
import { type Description, descriptionOf } from '../../descriptions/description.ts';
import { clusterName } from '../../descriptions/name.ts';
import { noSuchCluster } from '../../known-clusters/exists.ts';
import { everything, isNothing, takeDown, tellLeft } from '../../provision/take-down.ts';

const options = {
  yes: flag('do not ask for the cluster’s name', 'y'),
  force: flag('even if other machines would be left in a swarm without managers'),
};

type ClusterRmOptions = Values<typeof options>;

export default command({
  arguments: '<name>',
  summary: 'remove a cluster: what belt down removes, and its description',
  options,
  examples: [['belt cluster rm shop', 'asks for its name']],
  run: (context, { name }, options) => clusterRm(context, name, options),
});

/** `belt cluster rm` — `down` for a cluster, and its description away. */
async function clusterRm(context: Context, word: string, options: ClusterRmOptions): Promise<void> {
  const name = clusterName(word);
  const { out } = context;
  const description = await descriptionOf(context, name);
  const all = await everything(context, name, options.force);
  if (isNothing(all)) tellLeft(context, all, name);
  if (!isNothing(all)) await takeDown(withCluster(context, name), { ...options, command: `cluster rm ${name}` });
  else if (description?.keeper === 'belts') await askAlone(context, name, description, options);
  else if (description && all.left.length === 0) out.line(`${name}: nothing to delete`);
  else if (all.left.length > 0) out.line(`${name}: nothing of belt's to delete`);
  else throw await noSuchCluster(context, name);
  const settings = await context.settings();
  removeDescription(await context.descriptions(), name);
  if (isSameCluster(chosenCluster(settings) ?? '', name)) setChosenCluster(settings, undefined);
  if (description?.keeper === 'belts') out.note(`${description.shown}: removed`);
  else if (description) out.note(`${description.shown} still describes ${name}: belt up would recreate it`);
}

async function askAlone(
  context: Context,
  name: string,
  { shown }: Description,
  { yes }: ClusterRmOptions,
): Promise<void> {
  const consent = { yes, asks: 'rm asks before it removes a description', hint: 'add --yes if you are sure' };
  const ask = () => confirm(context, `Only ${shown} is left of ${name}. Remove it?`);
  await agreed(context, consent, ask);
  if (context.out.json) context.out.document([]);
  else context.out.line(`${name}: removed`);
}
