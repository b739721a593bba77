import { command, type Values } from '../../cli/command.ts';
import { concurrency, nodes, timeout, yes } from '../../cli/options.ts';
import { type Context, withCluster } from '../../context.ts';
import { clusterName, clusterWords } from '../../descriptions/name.ts';
import { up } from '../../reconcile/up.ts';
import { bringPushed } from '../../stack/bring-pushed.ts';
import { updateDescription } from './change.ts';
import { saysSomething } from './words.ts';

const options = {
  ...nodes,
  yes,
  timeout: timeout(600, 'give up on a node that has not joined by then'),
  concurrency,
};

type ProvisionOptions = Values<typeof options>;

export default command({
  arguments: '[name]',
  summary: 'make a cluster match its description: belt up, by name',
  options,
  ownConnections: true,
  examples: [
    ['belt cluster provision shop', ''],
    ['belt cluster provision shop --worker 6 --worker-size 2gb', 'changes it first'],
  ],
  run: (context, { name }, options) => clusterProvision(context, name, options),
});

/** `belt cluster provision` — `up` on a cluster, after its description was changed as the words say. Gives the exit code. */
async function clusterProvision(
  context: Context,
  word: string | undefined,
  options: ProvisionOptions,
): Promise<number> {
  const { cluster } = await context.settings();
  const name = word === undefined ? cluster : clusterName(word);
  if (saysSomething(options)) {
    const shown = await updateDescription(context, name, options);
    context.out.note(`${shown} updated`);
  }
  const { yes, timeout, concurrency } = options;
  const about = name === cluster ? {} : { goOn: `belt cluster provision ${name}`, prefix: clusterWords(name) };
  const own = withCluster(context, name);
  const onJoined = (names: readonly string[]) => bringPushed(own, names, about);
  return await up(own, { ...(yes && { yes }), timeout, concurrency, onJoined, ...about });
}
