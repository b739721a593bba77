import { command } from '../../cli/command.ts';
import type { Firewall, Vpc } from '../../cloud/schemas.ts';
import { monthlyCost } from '../../cloud/sizes.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { fromOutside } from '../../cluster/firewall-traffic.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { count } from '../../count.ts';
import { clusterName } from '../../descriptions/name.ts';
import { askSwarm } from '../../fleet/ask-swarm.ts';
import { clusterDroplets } from '../../fleet/cluster-droplets.ts';
import type { SwarmView } from '../../fleet/swarm-view.ts';
import { described, inOrder, type KnownCluster, managersIn } from '../../known-clusters/account.ts';
import { noSuchCluster, ownCluster } from '../../known-clusters/exists.ts';
import { whyUnknown } from '../../known-clusters/why-unknown.ts';
import type { Droplet } from '../../model/droplet.ts';
import type { Role } from '../../model/swarm-node.ts';
import { compact } from '../../patterns/index.ts';
import { findFirewall } from '../../provision/firewall.ts';

export default command({
  arguments: '[name]',
  summary: 'show one cluster: droplets, roles, network and cost',
  examples: [['belt cluster show shop', '']],
  run: (context, { name }) => clusterShow(context, name),
});

const HEADER = ['Node', 'ID', 'Role', 'Status', 'Public IPv4', 'Private IPv4', 'Region', 'Size', 'USD/month'];

/** In this order they give way on a terminal that is too narrow. */
const LEAST_NEEDED = ['ID', 'Private IPv4', 'Region', 'Size'];

interface Row {
  name: string;
  id: number | null;
  role: 'leader' | Role | null;
  /** Whether the swarm said so, or only the description does. */
  joined: boolean;
  /** DigitalOcean's word, or `missing`. */
  status: string;
  droplet: Droplet | undefined;
  size: string | undefined;
  region: string | undefined;
}

/** `belt cluster show` — one cluster, as far as it is described, made and paid for. */
async function clusterShow(context: Context, word: string | undefined): Promise<void> {
  const { cluster: chosen } = await context.settings();
  const name = word === undefined ? chosen : clusterName(word);
  const cloud = await context.cloud();
  const [tagged, firewalls, vpcs, known] = await Promise.all([
    clusterDroplets(context, name, { partial: true }),
    cloud.firewalls(),
    cloud.vpcs(),
    described(context, name),
  ]);
  const droplets = inOrder(tagged);
  if (droplets.length === 0 && !known.description && name !== (await ownCluster(context))) {
    throw await noSuchCluster(context, name);
  }
  const view = await askSwarm(context, droplets, managersIn(known.spec));
  const why = whyUnknown(name, view);
  if (why !== undefined) context.out.warn(`cannot query the swarm: ${why}`);
  const network = {
    firewall: findFirewall(firewalls, name),
    vpcs: vpcs.filter(({ id }) => droplets.some(({ vpcUuid }) => vpcUuid === id)),
  };
  show(context, { ...known, name, droplets }, rowsOf(known.spec, droplets, view), network, name === chosen);
}

function show(
  { out }: Context,
  { name, description, droplets }: KnownCluster,
  rows: readonly Row[],
  { firewall, vpcs }: { firewall: Firewall | undefined; vpcs: readonly Vpc[] },
  chosen: boolean,
): void {
  const monthly = monthlyCost(droplets);
  if (out.json) {
    const nodes = rows.map(({ droplet, ...row }) => ({ ...row, ...addresses(droplet) }));
    const described = description?.shown ?? null;
    return out.document({
      cluster: name,
      chosen,
      described,
      nodes,
      firewall: firewall ?? null,
      vpcs,
      usd: { monthly },
    });
  }
  if (out.quiet) return out.lines(rows.map((row) => row.name));
  const where = description ? `described in ${description.shown}` : `not described here (belt cluster import ${name})`;
  out.line(`${name}: ${chosen ? 'chosen, ' : ''}${where}`);
  if (rows.length > 0) out.table(HEADER, rows.map(cells), { drop: LEAST_NEEDED });
  if (firewall) out.line(`firewall ${firewall.name}: ${firewallWords(firewall, clusterTag(name))}`);
  for (const vpc of vpcs) out.line(`VPC ${vpc.name} in ${vpc.region}`);
  const all = count(droplets.length, 'droplet');
  out.line(`${all}, ${monthly.toFixed(2)} USD a month`);
  if (rows.some(({ role, joined }) => role !== null && !joined))
    out.note('a role with ? is that of the file: the swarm has not confirmed it');
  const missing = rows.filter(({ id }) => id === null).map((row) => row.name);
  const again = chosen ? 'belt up' : `belt cluster provision ${name}`;
  if (missing.length > 0)
    out.note(`missing: ${compact(missing)}; create ${missing.length > 1 ? 'them' : 'it'}: ${again}`);
}

/** Every droplet, and every node of the description that has none. */
function rowsOf(spec: ClusterSpec | undefined, droplets: readonly Droplet[], view: SwarmView<Droplet>): Row[] {
  const groups = spec?.groups ?? [];
  const planned = new Map(groups.flatMap((group) => group.names.map((name) => [name, group] as const)));
  const there = droplets.map((droplet): Row => {
    const member = view.memberOf(droplet);
    const { name, id, status, size, region } = droplet;
    const role = member?.leader ? 'leader' : (member?.role ?? planned.get(name)?.role ?? null);
    return { name, id, role, joined: member !== undefined, status, droplet, size, region };
  });
  const names = new Set(droplets.map(({ name }) => name));
  const missing = [...planned].filter(([name]) => !names.has(name));
  return [
    ...there,
    ...missing.map(([name, { role, size, region }]): Row => {
      return { name, id: null, role, joined: false, status: 'missing', droplet: undefined, size, region };
    }),
  ];
}

function cells({ name, id, role, joined, status, droplet, size, region }: Row): string[] {
  return [
    name,
    String(id ?? ''),
    role === null ? '' : joined ? role : `${role}?`,
    status,
    droplet?.publicAddress ?? '',
    droplet?.privateAddress ?? '',
    region ?? '',
    size ?? '',
    droplet?.priceMonthly?.toFixed(2) ?? '',
  ];
}

const addresses = (droplet: Droplet | undefined) => ({
  publicAddress: droplet?.publicAddress ?? null,
  privateAddress: droplet?.privateAddress ?? null,
  priceMonthly: droplet?.priceMonthly ?? null,
});

const firewallWords = (firewall: Firewall, tag: string): string =>
  fromOutside(firewall, tag).join('; ') || 'nothing from outside';
