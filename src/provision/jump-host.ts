// What a removal means for private nodes that stay: whether the jump host through which they are reached goes.
import { isOfCluster } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { jumpOf, seenAsManagers } from '../fleet/jump.ts';
import { type Droplet, isPrivate } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import type { RemovalOrder } from './removal.ts';

/** A warning for the user in a sentence; undefined where every private node that stays is still reached. */
export async function lostJump(
  context: Context,
  { leaving, staying }: Pick<RemovalOrder, 'leaving' | 'staying'>,
): Promise<string | undefined> {
  const [settings, state] = await Promise.all([context.settings(), context.state()]);
  const jump = jumpOf(settings);
  if (jump === undefined || jump.kind === 'host') return undefined;
  const isOwn = ({ tags }: Droplet) => isOfCluster(tags, settings.cluster);
  const behind = staying.filter((droplet) => isOwn(droplet) && isPrivate(droplet)).map(({ name }) => name);
  if (behind.length === 0) return undefined;
  const open = [...leaving, ...staying].filter((droplet) => isOwn(droplet) && !isPrivate(droplet));
  const ways = jump.kind === 'node' ? open.filter(({ name }) => name === jump.name) : seenAsManagers(state, open);
  if (ways.length === 0 || !ways.every((droplet) => leaving.includes(droplet))) return undefined;
  const [are, they] = behind.length === 1 ? ['is', 'it'] : ['are', 'they'];
  const through = compact(ways.map(({ name }) => name));
  return `${compact(behind)} ${are} reached through ${through} (ssh_jump): without ${ways.length === 1 ? 'it' : 'them'}, ${they} cannot be reached`;
}
