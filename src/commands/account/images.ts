import { command, flag, text, type Values } from '../../cli/command.ts';
import { checkNamed, isIn } from '../../cloud/preflight.ts';
import type { Image, Region } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { naturalCompare } from '../../patterns/index.ts';
import { type Column, list, wide } from './listing.ts';
import { regionsCell } from './regions-cell.ts';

const options = {
  region: text('<slug>', 'only images that are in this region'),
  own: flag('only the account’s own: snapshots, backups and custom images'),
  wide,
};

export default command({
  arguments: '[filter]',
  summary: 'list images: the account’s own first, then those of DigitalOcean',
  options,
  examples: [
    ['belt images ubuntu', 'by slug, id, name or distribution'],
    ['belt images --own', 'your snapshots, backups and custom images'],
    ["belt images 'docker*' --region sgp1", ''],
  ],
  run: (context, { filter }, options) => images(context, filter, options),
});

/** `belt images` — what a droplet can boot. */
async function images(
  context: Context,
  filter: string | undefined,
  { region, own, wide }: Values<typeof options>,
): Promise<void> {
  const cloud = await context.cloud();
  if (region !== undefined) await checkNamed(cloud, { sizes: [], regions: [region], images: [] });
  const [all, regions] = await Promise.all([cloud.images(), cloud.regions()]);
  const items = all
    .filter((image) => !own || isOwn(image))
    .filter((image) => region === undefined || isIn(image, region))
    .toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)) || naturalCompare(nameOf(a), nameOf(b)));
  const listing = {
    plural: 'images',
    limit: region && `in ${region}`,
    items,
    name: nameOf,
    texts: (image: Image) => [nameOf(image), String(image.id), titleOf(image)],
    columns: columnsIn(regions),
    json,
  };
  list(context, listing, { filter, wide });
}

const isOwn = (image: Image): boolean => image.public === false;

/** The word that names it in .belt.yaml and for `belt create`. */
const nameOf = ({ slug, id }: Image): string => slug || String(id);

/** `Ubuntu 24.04 (LTS) x64` */
const titleOf = ({ distribution, name }: Image): string =>
  distribution === undefined || name.includes(distribution) ? name : `${distribution} ${name}`;

/** DigitalOcean calls its 1-Click applications snapshots, too. */
const kindOf = (image: Image): string => (!isOwn(image) && image.type === 'snapshot' ? '1-Click' : (image.type ?? ''));

const columnsIn = (regions: readonly Region[]): Column<Image>[] => [
  { title: 'Image', cell: nameOf },
  { title: 'Name', cell: titleOf, cut: 2 },
  { title: 'Kind', cell: kindOf },
  {
    title: 'Min. disk',
    cell: ({ min_disk_size: gb }) => (gb === undefined ? '' : `${gb} GB`),
    right: true,
  },
  { title: 'Regions', cell: (image) => regionsCell(image.regions, regions), cut: 1 },
];

const json = (image: Image) => ({
  id: image.id,
  slug: image.slug ?? null,
  name: image.name,
  distribution: image.distribution ?? null,
  kind: kindOf(image) || null,
  own: isOwn(image),
  minDiskGiB: image.min_disk_size ?? null,
  regions: image.regions ?? null,
});
