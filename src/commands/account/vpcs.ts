import { command } from '../../cli/command.ts';
import type { Vpc } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { naturalCompare } from '../../patterns/index.ts';
import { type ListingOptions, list, wide } from './listing.ts';

export default command({
  arguments: '[filter]',
  summary: 'list the account’s VPCs',
  description: 'list the account’s VPCs; * marks the default one of its region',
  options: { wide },
  examples: [
    ['belt vpcs', ''],
    ['belt vpcs sgp1', 'by name, region, range or id'],
  ],
  run: (context, { filter }, options) => vpcs(context, filter, options),
});

/** `belt vpcs` — the private networks that droplets can be in. */
async function vpcs(context: Context, filter: string | undefined, options: ListingOptions): Promise<void> {
  const items = (await (await context.cloud()).vpcs()).toSorted(
    (a, b) => naturalCompare(a.region, b.region) || naturalCompare(a.name, b.name),
  );
  const listing = {
    plural: 'vpcs',
    items,
    name: ({ name }: Vpc) => name,
    texts: ({ id, name, region, ip_range }: Vpc) => [id, name, region, ip_range],
    columns: [
      { title: '', cell: (vpc: Vpc) => (vpc.default ? '*' : '') },
      { title: 'Name', cell: ({ name }: Vpc) => name, cut: 1 as const },
      { title: 'Region', cell: ({ region }: Vpc) => region },
      { title: 'Range', cell: ({ ip_range }: Vpc) => ip_range ?? '' },
      { title: 'ID', cell: ({ id }: Vpc) => id },
    ],
    json: ({ id, name, region, ip_range, default: isDefault }: Vpc) => ({
      id,
      name,
      region,
      range: ip_range ?? null,
      default: isDefault ?? null,
    }),
  };
  list(context, listing, { filter, ...options });
}
