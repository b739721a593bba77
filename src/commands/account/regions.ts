import { command } from '../../cli/command.ts';
import { isIn } from '../../cloud/preflight.ts';
import type { Region, Size } from '../../cloud/schemas.ts';
import { byPrice, hasGpu } from '../../cloud/sizes.ts';
import { priceText } from '../../cluster/prices.ts';
import type { Context } from '../../context.ts';
import { naturalCompare } from '../../patterns/index.ts';
import { type ListingOptions, list, wide } from './listing.ts';

export default command({
  arguments: '[filter]',
  summary: 'list regions, and what the cheapest droplet costs there',
  options: { wide },
  examples: [
    ['belt regions', ''],
    ['belt regions york', 'by slug or name'],
  ],
  run: (context, { filter }, options) => regions(context, filter, options),
});

interface Row extends Region {
  /** Those that new droplets can have there. */
  sizes: Size[];
  cheapest: Size | undefined;
}

/** `belt regions` — where droplets can be. */
async function regions(context: Context, filter: string | undefined, options: ListingOptions): Promise<void> {
  const cloud = await context.cloud();
  const [all, sizes] = await Promise.all([cloud.regions(), cloud.sizes()]);
  const items = all
    .map((region) => row(region, sizes))
    .toSorted((a, b) => Number(b.available) - Number(a.available) || naturalCompare(a.slug, b.slug));
  const listing = {
    plural: 'regions',
    items,
    name: ({ slug }: Row) => slug,
    texts: ({ slug, name }: Row) => [slug, name],
    columns: [
      { title: 'Region', cell: ({ slug }: Row) => slug },
      { title: 'Name', cell: ({ name }: Row) => name, cut: 1 as const },
      { title: 'New droplets', cell: ({ available }: Row) => (available ? 'yes' : 'no') },
      { title: 'Sizes', cell: (region: Row) => String(region.sizes.length), right: true as const },
      { title: 'USD/month', cell: priceCell, right: true as const },
      { title: 'Cheapest', cell: ({ cheapest }: Row) => cheapest?.slug ?? '' },
    ],
    json: ({ sizes: offered, cheapest, ...region }: Row) => ({
      ...region,
      sizes: offered.map(({ slug }) => slug),
      cheapest: cheapest?.slug ?? null,
      cheapestMonthly: cheapest?.price_monthly ?? null,
    }),
  };
  list(context, listing, { filter, ...options });
}

function row(region: Region, all: readonly Size[]): Row {
  const sizes = region.available
    ? all.filter((size) => size.available && !hasGpu(size.slug) && isIn(size, region.slug))
    : [];
  const [cheapest] = sizes.filter(({ price_monthly }) => price_monthly !== undefined).toSorted(byPrice);
  return { ...region, sizes, cheapest };
}

const priceCell = ({ cheapest }: Row): string => (cheapest ? priceText(cheapest.price_monthly) : '');
