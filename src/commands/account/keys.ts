import { command } from '../../cli/command.ts';
import type { AccountKey } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { naturalCompare } from '../../patterns/index.ts';
import { type ListingOptions, list, wide } from './listing.ts';

export default command({
  arguments: '[filter]',
  summary: 'list the account’s SSH keys',
  options: { wide },
  examples: [
    ['belt keys', ''],
    ['belt keys ann', 'by name, id or fingerprint'],
  ],
  run: (context, { filter }, options) => keys(context, filter, options),
});

/** `belt keys` — the SSH keys that new droplets can let in. */
async function keys(context: Context, filter: string | undefined, options: ListingOptions): Promise<void> {
  const items = (await (await context.cloud()).keys()).toSorted(
    (a, b) => naturalCompare(a.name, b.name) || a.id - b.id,
  );
  const listing = {
    plural: 'keys',
    items,
    name: ({ id }: AccountKey) => String(id),
    texts: ({ id, name, fingerprint }: AccountKey) => [String(id), name, fingerprint],
    columns: [
      { title: 'ID', cell: ({ id }: AccountKey) => String(id) },
      { title: 'Name', cell: ({ name }: AccountKey) => name, cut: 1 as const },
      { title: 'Fingerprint', cell: ({ fingerprint }: AccountKey) => fingerprint },
    ],
    json: ({ id, name, fingerprint, public_key }: AccountKey) => ({ id, name, fingerprint, publicKey: public_key }),
  };
  list(context, listing, { filter, ...options });
}
