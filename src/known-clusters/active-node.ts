// What to say where no node is active, or the one that is does not answer.
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { firstDroplets } from '../descriptions/first-droplets.ts';
import { BeltError } from '../errors.ts';
import { naturalCompare } from '../patterns/index.ts';

/** No node was chosen, and one is needed. */
export async function noActiveNode(context: Context): Promise<BeltError> {
  const name = await anotherNode(context);
  const hint = name
    ? `choose one: belt active ${name} (or name it: belt --host ${name} docker …)`
    : await firstDroplets(context, 'choose one: belt active NODE (see: belt ls)');
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
      import('../descriptions/spec.ts'),
    ]);
    return managersOf(await clusterSpec(context));
  } catch {
    return [];
  }
}
