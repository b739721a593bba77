// Records a removal until it is done: the same command, run again after a kill, knows what is already gone.

import { removedNames, setRemovedNames } from '../config/choices.ts';
import type { Context } from '../context.ts';
import type { Droplet } from '../model/droplet.ts';

/** Written before the first deletion: a state folder that takes no writes is found out here. @throws BeltError */
export async function beginRemoval(context: Context, leaving: readonly Pick<Droplet, 'name'>[]): Promise<void> {
  const { cluster } = await context.settings();
  const names = leaving.map(({ name }) => name);
  setRemovedNames(await context.state(), cluster, (before) => [...new Set([...before, ...names])]);
}

/** These are gone, and the user has been informed. */
export async function endRemoval(context: Context, gone: readonly Pick<Droplet, 'name'>[]): Promise<void> {
  const { cluster } = await context.settings();
  const names = new Set(gone.map(({ name }) => name));
  setRemovedNames(await context.state(), cluster, (before) => before.filter((name) => !names.has(name)));
}

/** Names of droplets whose removal began here and did not finish. */
export async function beganToRemove(context: Context): Promise<ReadonlySet<string>> {
  const { cluster } = await context.settings();
  return new Set(removedNames(await context.state(), cluster));
}
