// What a run that failed leaves behind: what stands, what it costs, and what to do about it.
import type { Droplet } from '../../cloud/schemas.ts';
import { dailyCost, monthlyCost } from '../../cloud/sizes.ts';
import type { Context } from '../../context.ts';
import { compact } from '../../patterns/index.ts';

/** Tells it in one line on stderr; nothing where nothing stands. */
export function tellStanding(
  { out }: Context,
  droplets: readonly Droplet[],
  { finish, clean }: { finish: string; clean: string },
): void {
  if (droplets.length === 0) return;
  const names = compact(droplets.map(({ name }) => name));
  const stand = droplets.length === 1 ? 'stands' : 'stand';
  out.note(
    `${names} ${stand}, ${dailyCost(monthlyCost(droplets)).toFixed(2)} USD a day · finish: ${finish} · remove: ${clean}`,
  );
}
