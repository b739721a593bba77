// What `create --dry-run` prints: what would be made, what it would cost, and what would run on it.
import { HOURS_A_MONTH, withBackups } from '../../cloud/sizes.ts';
import { userData } from '../../cloud/userdata.ts';
import type { Context } from '../../context.ts';
import { count } from '../../count.ts';
import { table } from '../../output/table.ts';
import type { CreatePlan } from '../../provision/create/setup.ts';

const HEADER = ['Name', 'Region', 'Size', 'Image', 'USD/hour', 'USD/month'];
const SECRET = '<generated for each run>';

/** The table, or with `showUserData` the user data, is the result; the rest are notes. */
export function showDryRun(
  context: Context,
  plan: CreatePlan,
  { showUserData }: { showUserData?: boolean | undefined },
): void {
  const { out } = context;
  const shown = userData({ hostKey: { privateKey: SECRET, publicKey: SECRET }, ...plan.userData });
  if (out.json) return out.document(documentOf(plan, showUserData ? shown : undefined));
  const rows = plan.groups.flatMap(({ names, blueprint }) =>
    names.map((name) => [name, blueprint.region, blueprint.size, String(blueprint.image), ...prices(plan, 1)]),
  );
  if (showUserData) for (const line of table(HEADER, rows)) out.note(line);
  else if (rows.length > 0) out.table(HEADER, rows);
  for (const note of notes(plan)) out.note(note);
  if (showUserData) out.lines(shown.trimEnd().split('\n'));
}

/** USD an hour and a month, of so many; `?` where DigitalOcean does not say it. */
function prices(plan: CreatePlan, count: number): [hour: string, month: string] {
  const monthly = monthlyOf(plan);
  if (monthly === undefined) return ['?', '?'];
  return [((count * monthly) / HOURS_A_MONTH).toFixed(3), (count * monthly).toFixed(2)];
}

/** USD a month of one, with its backups. */
function monthlyOf({ size: { price_monthly: plain }, groups: [first] }: CreatePlan): number | undefined {
  return plain !== undefined && first?.blueprint.backups ? withBackups(plain) : plain;
}

function notes(plan: CreatePlan): string[] {
  const [first] = plan.groups;
  if (first === undefined) return [];
  const { tags, vpc_uuid: vpc, ipv6, monitoring, backups } = first.blueprint;
  const created = plan.newNames.length;
  const [hour, month] = prices(plan, created);
  const extras = Object.entries({ ipv6, monitoring, backups }).flatMap(([name, on]) => (on ? [name] : []));
  return [
    `tags: ${tags.join(', ')}, and one for this run`,
    `SSH keys: ${plan.keys.map(({ id, name }) => (id === 0 ? name : `${id} (${name})`)).join(', ')}`,
    ...(vpc === undefined ? [] : [`VPC: ${vpc}`]),
    ...(extras.length > 0 ? [`with ${extras.join(', ')}`] : []),
    `${count(created, 'droplet')} to create, for ${month} USD a month (${hour} an hour)${backups ? ', daily backups included' : ''}; nothing was created`,
  ];
}

function documentOf(plan: CreatePlan, shown: string | undefined) {
  const monthly = monthlyOf(plan);
  const usd = { monthly: monthly ?? null, hourly: monthly === undefined ? null : monthly / HOURS_A_MONTH };
  return {
    droplets: plan.groups.flatMap(({ names, blueprint: { ssh_keys: _keys, ...rest } }) =>
      names.map((name) => ({ name, ...rest, usd })),
    ),
    sshKeys: plan.keys.map(({ id, name, fingerprint }) => ({ id: id === 0 ? null : id, name, fingerprint })),
    ...(shown !== undefined && { userData: shown }),
  };
}
