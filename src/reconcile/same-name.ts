// Two droplets of one name: another run may be about to remove its own, or a person has to.
import { nodeNames } from '../cluster/plan.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { existingDroplets } from '../provision/create/existing.ts';
import { poll } from '../wait.ts';

/** How long a run elsewhere has to remove a droplet that it made a second time. */
const ONCE_WITHIN_MS = 15_000;
const POLL_MS = 1_000;

/** The cluster's droplets. Another run that made a name a second time is about to remove that droplet. */
export async function onceEach(
  context: Context,
  spec: ClusterSpec,
  { deadline }: { deadline: number },
): Promise<Droplet[]> {
  const { clock, out, signal } = context;
  let droplets: Droplet[] = [];
  let told = false;
  const single = async () => {
    droplets = await existingDroplets(context, nodeNames(spec));
    const twice = doubled(droplets);
    if (twice.length === 0) return true;
    if (!told) out.note(`${compact(twice)}: two droplets have this name; a run elsewhere may be removing one: waiting`);
    told = true;
    return undefined;
  };
  const until = Math.min(deadline, clock.now() + ONCE_WITHIN_MS);
  await poll(single, { clock, signal, deadline: until, intervalMs: POLL_MS });
  return droplets;
}

const doubled = (droplets: readonly Droplet[]): string[] => {
  const names = droplets.map(({ name }) => name);
  return [...new Set(names.filter((name, n) => names.indexOf(name) !== n))];
};

/** @throws BeltError when two droplets share a name */
export function checkNames(droplets: readonly Droplet[], { prefix = '' }: { prefix?: string | undefined }): void {
  const twice = doubled(droplets);
  if (twice.length === 0) return;
  const all = twice.map((name) => {
    const ids = droplets.filter((droplet) => droplet.name === name).map(({ id }) => id);
    return { name, ids: ids.toSorted((a, b) => a - b) };
  });
  const told = all.map(({ name, ids }) => `${name}: ${ids.length} droplets have this name (${ids.join(', ')})`);
  const others = all.flatMap(({ ids }) => ids.slice(1));
  throw new BeltError(told.join('; '), {
    hint: `see which are in use: ${prefix}belt ls · usually the oldest of a name is kept: belt rm ${others.join(' ')}`,
  });
}
