import { command, flag, type Values } from '../cli/command.ts';
import type { Droplet } from '../cloud/schemas.ts';
import { ownTags } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { clusterDroplets, warnOnce } from '../fleet/cluster-droplets.ts';
import { named } from '../fleet/named.ts';
import { naturalCompare } from '../patterns/index.ts';

const options = {
  wide: flag('with region, size, private address, image and monthly price'),
  all: flag('every droplet of the account, belt’s or not'),
};

type LsOptions = Values<typeof options>;

export default command({
  arguments: '[pattern...]',
  summary: 'list the cluster’s droplets',
  options,
  examples: [
    ['belt ls', ''],
    ['belt ls node[1:4] web-* @tag:db', 'ranges, globs and selectors'],
    ['belt ls -q', 'names only'],
    ['belt ls --json', 'for programs'],
  ],
  run: (context, { pattern }, options) => ls(context, pattern, options),
});

const HEADER = ['ID', 'Name', 'Public IPv4', 'Status', 'Tags'];
const WIDE = ['ID', 'Name', 'Public IPv4', 'Status', 'Private IPv4', 'Region', 'Size', 'Image', 'USD/month', 'Tags'];

/** `belt ls` — the cluster's droplets, as DigitalOcean knows them now. */
async function ls(context: Context, patterns: readonly string[], options: LsOptions): Promise<void> {
  const { cluster } = await context.settings();
  const cloud = await context.cloud();
  const droplets = (
    await (options.all
      ? cloud.droplets({ onSkipped: warnOnce(context) })
      : clusterDroplets(context, cluster, { partial: true }))
  ).sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
  if (!options.all) await (await context.fleet()).remember(droplets);
  const chosen = patterns.length > 0 ? await named(context, patterns, droplets, { unknownRoles: 'warn' }) : droplets;
  show(context, chosen, options);
  if (droplets.length === 0 && !options.all && !context.out.json) {
    context.out.note(`no droplets in cluster ${cluster}; create some: belt create SIZE node[1:3]`);
  }
}

function show({ out }: Context, droplets: readonly Droplet[], options: LsOptions): void {
  if (out.json) return out.document(droplets);
  if (out.quiet) return out.lines(droplets.map(({ name }) => name));
  if (options.wide) return out.table(WIDE, droplets.map(wideRow));
  out.table(
    HEADER,
    droplets.map((d) => [String(d.id), d.name, d.publicAddress ?? '', d.status, ownTags(d.tags).join(',')]),
  );
}

function wideRow(d: Droplet): string[] {
  const price = d.priceMonthly === undefined ? '' : d.priceMonthly.toFixed(2);
  return [
    String(d.id),
    d.name,
    d.publicAddress ?? '',
    d.status,
    d.privateAddress ?? '',
    d.region,
    d.size,
    d.image,
    price,
    d.tags.join(','),
  ];
}
