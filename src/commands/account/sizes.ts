import { command, text, type Values } from '../../cli/command.ts';
import { checkNamed, isIn } from '../../cloud/preflight.ts';
import type { Region, Size } from '../../cloud/schemas.ts';
import { byPrice, hasGpu, memoryText, oldSlugOf } from '../../cloud/sizes.ts';
import { priceText } from '../../cluster/prices.ts';
import type { Context } from '../../context.ts';
import { type Column, list, wide } from './listing.ts';
import { regionsCell } from './regions-cell.ts';

const options = {
  region: text('<slug>', 'only sizes that new droplets can have in this region'),
  wide,
};

export default command({
  arguments: '[filter]',
  summary: 'list droplet sizes with their prices',
  description: 'list droplet sizes with their prices, the cheapest first; without GPU sizes, which belt does not use',
  options,
  examples: [
    ['belt sizes', ''],
    ['belt sizes 4gb --region sgp1', 'those with 4gb in their slug, in one region'],
    ["belt sizes 'c-*' --wide", 'a glob, with all their regions'],
  ],
  run: (context, { filter }, options) => sizes(context, filter, options),
});

/** `belt sizes` — what a droplet can be, and what it costs. */
async function sizes(
  context: Context,
  filter: string | undefined,
  { region, wide }: Values<typeof options>,
): Promise<void> {
  const cloud = await context.cloud();
  if (region !== undefined) await checkNamed(cloud, { sizes: [], regions: [region], images: [] });
  const [all, regions] = await Promise.all([cloud.sizes(), cloud.regions()]);
  const items = all
    .filter(({ slug }) => !hasGpu(slug))
    .filter((size) => region === undefined || (size.available && isIn(size, region)))
    .toSorted(byPrice);
  const listing = {
    plural: 'sizes',
    limit: region && `in ${region}`,
    items,
    name: ({ slug }: Size) => slug,
    texts: ({ slug }: Size) => [slug, oldSlugOf(slug)],
    columns: columnsIn(regions),
    json,
  };
  list(context, listing, { filter, wide });
}

const columnsIn = (regions: readonly Region[]): Column<Size>[] => [
  { title: 'Size', cell: sizeCell },
  { title: 'VCPUs', cell: ({ vcpus }) => amount(vcpus), right: true },
  { title: 'Memory', cell: ({ memory }) => memoryText(memory), right: true },
  { title: 'Disk', cell: ({ disk }) => (disk === undefined ? '' : `${disk} GB`), right: true },
  { title: 'USD/month', cell: ({ price_monthly }) => priceText(price_monthly), right: true },
  { title: 'Regions', cell: (size) => (size.available ? regionsCell(size.regions, regions) : 'none'), cut: 1 },
];

/** With the name of the book, which works as well. */
function sizeCell({ slug }: Size): string {
  const old = oldSlugOf(slug);
  return old === undefined ? slug : `${slug} (${old})`;
}

const amount = (number: number | undefined): string => String(number ?? '');

const json = (size: Size) => ({
  slug: size.slug,
  oldSlug: oldSlugOf(size.slug) ?? null,
  vcpus: size.vcpus ?? null,
  memoryMiB: size.memory ?? null,
  diskGiB: size.disk ?? null,
  priceMonthly: size.price_monthly ?? null,
  available: size.available,
  regions: size.regions ?? null,
});
