import { ageText } from '../age.ts';
import { command, flag, type Values } from '../cli/command.ts';
import { clusterOf, isSameCluster, ownTags } from '../cloud/tags.ts';
import { activeNode } from '../config/choices.ts';
import { type SeenMember, seenMembers } from '../config/swarm-seen.ts';
import type { Context } from '../context.ts';
import { firstDroplets } from '../descriptions/first-droplets.ts';
import { withoutDroplet } from '../descriptions/without-droplet.ts';
import { clusterDroplets, warnOnce } from '../fleet/cluster-droplets.ts';
import { named } from '../fleet/named.ts';
import { checkNotMistyped } from '../known-clusters/exists.ts';
import { addressCell, addressTitle, type Droplet } from '../model/droplet.ts';
import { compact, naturalCompare } from '../patterns/index.ts';

const options = {
  wide: flag('with region, size, private address, image and monthly price'),
  all: flag('every droplet of the account, belt’s or not'),
};

type LsOptions = Values<typeof options>;

export default command({
  arguments: '[pattern...]',
  summary: 'list the cluster’s droplets',
  description:
    'list the cluster’s droplets, with * at the active one and the place in the swarm as belt last saw it: no node is asked',
  options,
  examples: [
    ['belt ls', ''],
    ["belt ls 'node[1:4]' 'web-*' @tag:db", 'ranges, globs and selectors'],
    ['belt ls -q', 'names only'],
    ['belt ls --json', 'for programs'],
  ],
  run: (context, { pattern }, options) => ls(context, pattern, options),
});

/** `belt ls` — the cluster's droplets, as DigitalOcean knows them now. */
async function ls(context: Context, patterns: readonly string[], options: LsOptions): Promise<void> {
  const { cluster } = await context.settings();
  const cloud = await context.cloud();
  const droplets = (
    await (options.all
      ? cloud.droplets({ onSkipped: warnOnce(context) })
      : clusterDroplets(context, cluster, { partial: true }))
  ).sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
  if (!options.all) {
    if (droplets.length === 0) await checkNotMistyped(context, cluster);
    await (await context.fleet()).remember(droplets);
  }
  const chosen =
    patterns.length > 0 ? await named(context, patterns, droplets, { unknownRoles: 'warn', none: 'allow' }) : droplets;
  show(context, await rowsOf(context, chosen), options);
  if (options.all || context.out.json) return;
  if (droplets.length === 0) {
    const how = await firstDroplets(context, 'create some: belt create SIZE node[1:3]');
    context.out.note(`no droplets in cluster ${cluster}; ${how}`);
  } else if (patterns.length === 0 && !context.out.quiet) await tellMissing(context, droplets);
}

async function tellMissing(context: Context, droplets: readonly Droplet[]): Promise<void> {
  const without = await withoutDroplet(
    context,
    droplets.map(({ name }) => name),
  );
  if (!without) return;
  const [are, have, them] = without.names.length === 1 ? ['is', 'has', 'it'] : ['are', 'have', 'them'];
  context.out.note(
    `${compact(without.names)} ${are} in ${without.file} and ${have} no droplet; create ${them}: belt up`,
  );
}

/** A droplet, with what this machine knows of it: nothing is asked for a list. */
interface Row {
  droplet: Droplet;
  cluster: string | undefined;
  /** Whether `belt docker` talks to it. */
  active: boolean;
  /** Its place in the swarm, as last seen. */
  seen: SeenMember | undefined;
}

async function rowsOf(context: Context, droplets: readonly Droplet[]): Promise<Row[]> {
  const { cluster: chosen } = await context.settings();
  const state = await context.state();
  const members = seenMembers(state);
  const active = activeNode(state, chosen);
  return droplets.map((droplet) => {
    const cluster = clusterOf(droplet.tags);
    const isChosen = cluster !== undefined && isSameCluster(cluster, chosen);
    return { droplet, cluster, active: isChosen && droplet.name === active, seen: members.get(droplet.id) };
  });
}

function show({ out, clock }: Context, rows: readonly Row[], options: LsOptions): void {
  if (out.json) return out.document(rows.map(documentOf));
  if (out.quiet) return out.lines(rows.map(({ droplet }) => droplet.name));
  const columns = [...(options.wide ? WIDE : PLAIN), ...known(rows, options, clock.now())];
  const leftOut = out.table(
    columns.map(({ title }) => (title === PUBLIC ? addressTitle(rows.map(({ droplet }) => droplet)) : title)),
    rows.map((row) => columns.map(({ cell }) => cell(row))),
    { drop: LEAST_NEEDED },
  );
  if (options.wide && leftOut.length > 0) {
    out.note(`the terminal is too narrow for ${leftOut.join(', ')}; all columns: belt ls --wide | less -S`);
  }
}

/** In this order they give way on a terminal that is too narrow; a pipe has all of them. */
const LEAST_NEEDED = ['Tags', 'Image', 'Private IPv4', 'ID', 'Region', 'Size', 'Status'];

interface Column {
  title: string;
  cell(row: Row): string;
}

const PUBLIC = addressTitle([]);

/** As the book has them. */
const START: readonly Column[] = [
  { title: 'ID', cell: ({ droplet }) => String(droplet.id) },
  { title: 'Name', cell: ({ droplet }) => droplet.name },
  { title: PUBLIC, cell: ({ droplet }) => addressCell(droplet) },
  { title: 'Status', cell: ({ droplet }) => droplet.status },
];
const PLAIN: readonly Column[] = [...START, { title: 'Tags', cell: ({ droplet }) => ownTags(droplet.tags).join(',') }];
const WIDE: readonly Column[] = [
  ...START,
  { title: 'Private IPv4', cell: ({ droplet }) => droplet.privateAddress ?? '' },
  { title: 'Region', cell: ({ droplet }) => droplet.region },
  { title: 'Size', cell: ({ droplet }) => droplet.size },
  { title: 'Image', cell: ({ droplet }) => droplet.image },
  { title: 'USD/month', cell: ({ droplet }) => droplet.priceMonthly?.toFixed(2) ?? '' },
  { title: 'Tags', cell: ({ droplet }) => droplet.tags.join(',') },
];

/** What was seen longer ago than this is headed with its age. */
const FRESH_MS = 60_000;

/** Columns that say something of one of the rows. */
function known(rows: readonly Row[], { all }: LsOptions, now: number): Column[] {
  const ages = rows.flatMap(({ seen }) => (seen ? [now - seen.at] : []));
  const age = Math.max(...ages);
  return [
    ...(all && rows.some(({ cluster }) => cluster !== undefined)
      ? [{ title: 'Cluster', cell: ({ cluster = '' }: Row) => cluster }]
      : []),
    ...(rows.some(({ active }) => active) ? [{ title: 'Active', cell: ({ active }: Row) => (active ? '*' : '') }] : []),
    ...(ages.length > 0 ? [{ title: age < FRESH_MS ? 'Swarm' : `Swarm ${ageText(age)} ago`, cell: memberCell }] : []),
  ];
}

/** `leader`, `manager`, `worker`; with its state where that is not `ready`. */
function memberCell({ seen }: Row): string {
  if (!seen) return '';
  const role = seen.leader ? 'leader' : seen.role;
  return seen.state === 'ready' ? role : `${role}, ${seen.state}`;
}

const documentOf = ({ droplet, cluster, active, seen }: Row) => ({
  ...droplet,
  cluster: cluster ?? null,
  active,
  swarm: seen
    ? { role: seen.role, leader: seen.leader, state: seen.state, seenAt: new Date(seen.at).toISOString() }
    : null,
});
