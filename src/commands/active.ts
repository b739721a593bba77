import { command } from '../cli/command.ts';
import { activeNode, setActiveNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { oneNode } from '../fleet/one-node.ts';
import { noActiveNode } from '../known-clusters/active-node.ts';

export default command({
  arguments: '[node]',
  summary: 'choose the node that `belt docker` talks to, or show it',
  examples: [
    ['belt active node1', 'choose'],
    ['belt active', 'show'],
  ],
  run: (context, { node }) => active(context, node),
});

/** `belt active [NODE]` — chooses the node that `belt docker` talks to, or shows it. */
async function active(context: Context, word: string | undefined): Promise<void> {
  const { cluster } = await context.settings();
  const state = await context.state();
  if (word === undefined) {
    const name = activeNode(state, cluster);
    if (name === undefined) throw await noActiveNode(context);
    return say(context, name);
  }
  const node = await oneNode(context, word, { from: 'DigitalOcean', only: 'only one can be active' });
  setActiveNode(state, cluster, node.name);
  say(context, node.name);
}

function say(context: Context, name: string): void {
  if (context.out.json) context.out.document({ active: name });
  else context.out.line(name);
}
