import { command } from '../../cli/command.ts';
import { described } from '../../cli/options.ts';
import { writeDescription } from '../../config/cluster/folder.ts';
import { readCluster } from '../../config/cluster/read.ts';
import { changed, emptyCluster } from '../../config/cluster/write.ts';
import type { Context } from '../../context.ts';
import { descriptionOf, shownPath } from '../../descriptions/description.ts';
import { clusterName } from '../../descriptions/name.ts';
import { UsageError } from '../../errors.ts';
import { chooseCluster } from '../../known-clusters/choose.ts';
import { hasDroplets } from '../../known-clusters/exists.ts';
import { changeOf, type DescribeOptions } from './words.ts';

export default command({
  arguments: '<name>',
  summary: 'describe a new cluster under .belt/clusters, and choose it',
  options: described,
  examples: [
    ["belt cluster new shop --manager 'm[1:3]' --worker 'w[1:6]'", ''],
    ['belt cluster new shop --manager 3 --worker 6', 'shop-manager1 to 3, shop-worker1 to 6'],
    ['belt cluster new shop --worker-size s-2vcpu-4gb --worker 2 --label tier=web', ''],
  ],
  run: (context, { name }, options) => clusterNew(context, name, options),
});

/** `belt cluster new` — writes the description of a cluster that does not exist yet, and chooses it. */
async function clusterNew(context: Context, word: string, options: DescribeOptions): Promise<void> {
  const name = clusterName(word);
  const shown = await shownPath(context, name);
  const change = changeOf(name, undefined, { ...options, manager: options.manager ?? ['1'] });
  const text = changed({ text: emptyCluster(name), shown }, change);
  readCluster({ text, shown });
  await checkFree(context, name);
  writeDescription(await context.descriptions(), name, text);
  await chooseCluster(context, name);
  if (context.out.json) return context.out.document({ cluster: name, described: shown });
  context.out.line(name);
  context.out.note(`described in ${shown}; review it: belt plan · create it: belt up`);
}

/** @throws UsageError when there is such a cluster. Without a token only this folder can be asked. */
async function checkFree(context: Context, name: string): Promise<void> {
  const found = await descriptionOf(context, name);
  if (found) {
    throw new UsageError(`the cluster ${name} already exists: ${found.shown} describes it`, {
      hint: found.keeper === 'belts' ? `change it: belt cluster update ${name}` : 'edit it there',
    });
  }
  const { accessToken } = await context.settings();
  if (accessToken === undefined || !(await hasDroplets(context, name))) return;
  throw new UsageError(`the cluster ${name} already exists: droplets have its tag`, {
    hint: `adopt it as it is: belt cluster import ${name}`,
  });
}
