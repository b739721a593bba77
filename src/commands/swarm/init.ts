import { command } from '../../cli/command.ts';
import { guarded } from '../../cli/options.ts';
import { activeNode } from '../../config/choices.ts';
import { entered, rememberSightings } from '../../config/swarm-seen.ts';
import type { Context } from '../../context.ts';
import { chooseManager } from '../../fleet/choose-active.ts';
import { exclusively } from '../../fleet/exclusive.ts';
import { withEngine } from '../../fleet/node-engine.ts';
import { oneNode } from '../../fleet/one-node.ts';
import { noActiveNode } from '../../known-clusters/active-node.ts';
import { init } from '../../swarm/init.ts';
import { type GuardOptions, guardSwarm } from './guard.ts';

export default command({
  arguments: '[node]',
  summary: 'start a swarm on a node',
  description: 'make a node (default: the active one) the first manager of a swarm',
  options: guarded,
  examples: [['belt swarm init node1', 'over its private address']],
  run: (context, { node }, options) => swarmInit(context, node, options),
});

/**
 * `belt swarm init` — makes a node the first manager of a new swarm, over its private address; the swarm's ports are shut to
 * the outside before.
 */
async function swarmInit(context: Context, word: string | undefined, options: GuardOptions): Promise<void> {
  const { cluster } = await context.settings();
  const named = word ?? activeNode(await context.state(), cluster);
  if (named === undefined) throw await noActiveNode(context);
  const node = await oneNode(context, named, { only: 'only one can start the swarm' });
  const { nodeId, already } = await exclusively(context, 'belt swarm init', () =>
    withEngine(context, node, async (member) => {
      await guardSwarm(context, member, options);
      return init(member);
    }),
  );
  if (!already)
    rememberSightings(await context.state(), [entered(node.id, 'manager', { leads: true })], context.clock.now());
  await chooseManager(context, node.name);
  if (context.out.json) return context.out.document({ node: node.name, nodeId, already });
  const sentence = already
    ? `This node is a manager of a swarm already (${nodeId}).`
    : `Swarm initialized: current node (${nodeId}) is now a manager.`;
  context.out.line(`${node.name}: ${sentence}`);
}
