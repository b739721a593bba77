import { command } from '../cli/command.ts';
import { activeNode, knownNodes, setActiveNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { naturalCompare } from '../patterns/index.ts';

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
  const [node, ...others] = await (await context.fleet()).select([word]);
  if (!node || others.length > 0) {
    throw new UsageError(`"${word}" matches ${others.length + 1} nodes; only one can be active`, {
      hint: 'choose one',
    });
  }
  setActiveNode(state, cluster, node.name);
  say(context, node.name);
}

function say(context: Context, name: string): void {
  if (context.out.json) context.out.document({ active: name });
  else context.out.line(name);
}

/** No node was chosen, and one is needed. */
export async function noActiveNode(context: Context): Promise<BeltError> {
  const name = await anotherNode(context);
  const hint = name
    ? `choose one: belt active ${name} (or name it: belt --host ${name} docker …)`
    : 'choose one: belt active NODE (see: belt ls)';
  return new BeltError('no node is active', { hint });
}

/** A node to talk to, a manager where the file says which they are. From the cache, unless that is empty. */
export async function anotherNode(context: Context, not?: string): Promise<string | undefined> {
  const { cluster } = await context.settings();
  const cached = knownNodes(await context.state(), cluster);
  const known = cached.length > 0 ? cached : await (await context.fleet()).list().catch(() => []);
  const names = known.map(({ name }) => name).filter((name) => name !== not);
  const managers = await managersByFile(context);
  return names.find((name) => managers.includes(name)) ?? names.toSorted(naturalCompare)[0];
}

/** None where nothing describes the cluster: that is no fault here. */
async function managersByFile(context: Context): Promise<string[]> {
  try {
    const [{ managersOf }, { clusterSpec }] = await Promise.all([
      import('../cluster/plan.ts'),
      import('./shared/spec.ts'),
    ]);
    return managersOf(await clusterSpec(context));
  } catch {
    return [];
  }
}
