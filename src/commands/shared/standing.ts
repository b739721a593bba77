// What a run that failed leaves behind: what stands, what it costs, and what to do about it.
import type { Droplet } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { compact } from '../../patterns/index.ts';

/** DigitalOcean bills by the hour, up to 672 hours, which are 28 days, a month (https://www.digitalocean.com/pricing/droplets). */
const BILLED_DAYS_A_MONTH = 28;

/** What the droplets cost a day, in USD. */
export const costADay = (droplets: readonly Pick<Droplet, 'priceMonthly'>[]): number =>
  droplets.reduce((sum, { priceMonthly }) => sum + (priceMonthly ?? 0), 0) / BILLED_DAYS_A_MONTH;

/** Tells it in one line on stderr; nothing where nothing stands. */
export function tellStanding(
  { out }: Context,
  droplets: readonly Droplet[],
  { finish, clean }: { finish: string; clean: string },
): void {
  if (droplets.length === 0) return;
  const names = compact(droplets.map(({ name }) => name));
  const stand = droplets.length === 1 ? 'stands' : 'stand';
  out.note(`${names} ${stand}, ${costADay(droplets).toFixed(2)} USD a day · finish: ${finish} · remove: ${clean}`);
}
