// A plan as a person reads it, and as a program does.
import type { Droplet } from '../../cloud/schemas.ts';
import { HOURS_A_MONTH } from '../../cloud/sizes.ts';
import { isRight, type NodePlan } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { createsVpc, firewallChange, firewallTraffic, guardsAnew } from './network.ts';
import type { Observed } from './observe.ts';

const HEADER = ['', 'Node', 'Role', 'Size', 'Region', 'Change', 'USD/month'];

type What = Pick<Observed, 'plan' | 'network' | 'doomed'>;

/** How many things a plan changes. */
export const changes = ({ plan: { nodes, stale, autolock }, network, doomed }: What): number =>
  nodes.filter((node) => !isRight(node)).length +
  pruned({ plan: { nodes }, doomed }).length +
  stale.length +
  Number(autolock !== undefined) +
  Number(createsVpc(network)) +
  Number(firewallChange(network) !== undefined);

/** What goes and does not come back. */
const pruned = ({ plan: { nodes }, doomed }: { plan: { nodes: readonly NodePlan[] }; doomed: Droplet[] }): Droplet[] =>
  doomed.filter((droplet) => nodes.every(({ name }) => name !== droplet.name));

/** The plan, node by node, and what the cluster costs. `prices` are USD a month by size. */
export function showPlan(
  { out }: Context,
  { name }: ClusterSpec,
  what: What,
  prices: ReadonlyMap<string, number>,
): void {
  const { plan } = what;
  const monthly = plan.nodes.map(({ group, droplet }) => prices.get(droplet?.size ?? group.size ?? '') ?? 0);
  const total = monthly.reduce((sum, price) => sum + price, 0);
  const bill = { monthly: total, hourly: total / HOURS_A_MONTH };
  const document = documentOf(name, what, bill);
  if (out.tellsEvents) return out.event('plan', document);
  if (out.json) return out.document(document);
  const anew = new Set(what.doomed.map((droplet) => droplet.name));
  out.table(HEADER, [
    ...plan.nodes.map((node, n) => row(node, monthly[n]!, anew.has(node.name))),
    ...pruned(what).map(prunedRow),
  ]);
  for (const line of networkLines(what)) out.note(line);
  if (plan.autolock !== undefined) out.note(`swarm: autolock to be turned ${plan.autolock ? 'on' : 'off'}`);
  for (const { name: node, differs } of plan.nodes) for (const what of differs) out.note(`${node}: ${what}`);
  for (const { name: node } of plan.extra) out.note(`${node}: the file does not name it; it is left alone`);
  for (const { hostname } of plan.stale) out.note(`${hostname}: an entry of a droplet that is gone, to be taken off`);
  out.note(sentence(what, bill));
}

function networkLines(what: What): string[] {
  const { network } = what;
  const change = firewallChange(network);
  return [
    ...(createsVpc(network) ? [`VPC ${network.vpc?.name}: to be made in ${network.vpc?.region}`] : []),
    ...(change ? [`firewall ${network.firewall?.wanted.name}: to be ${change === 'create' ? 'made' : 'changed'}`] : []),
    ...trafficLines(what),
  ];
}

/** What a change of the firewall does to those who use the cluster. One for new droplets alone takes nothing from anybody. */
function trafficLines({ plan, network }: What): string[] {
  const { opens, shuts } = firewallTraffic(network);
  const stands = plan.nodes.some(({ droplet }) => droplet !== undefined);
  if (firewallChange(network) === 'create') {
    return stands ? [`  of what reaches the droplets now, only this stays open: ${opens.join('; ')}`] : [];
  }
  return [
    ...opens.map((what) => `  opens ${what}`),
    ...shuts.map((what) => `  shuts ${what}`),
    ...(guardsAnew(network) ? ['  holds for its droplets again'] : []),
  ];
}

function sentence(what: What, { monthly, hourly }: { monthly: number; hourly: number }): string {
  const made = what.plan.nodes.filter(({ droplet }) => droplet === undefined).length;
  const removed = what.doomed.length;
  const changed = changes(what) - made - pruned(what).length;
  const parts = [
    ...(made > 0 ? [`${made} to create`] : []),
    ...(changed > 0 ? [`${changed} to change`] : []),
    ...(removed > 0 ? [`${removed} to remove`] : []),
  ];
  const todo = parts.length > 0 ? parts.join(', ') : 'nothing to do';
  return `${todo}; the cluster costs ${monthly.toFixed(2)} USD a month, ${hourly.toFixed(3)} an hour`;
}

const prunedRow = ({ name, size, region }: Droplet): string[] => ['-', name, '', size, region, 'remove', ''];

function row(node: NodePlan, price: number, anew: boolean): string[] {
  const { name, group, droplet } = node;
  const mark = anew ? '±' : droplet === undefined ? '+' : isRight(node) ? '' : '~';
  return [
    mark,
    name,
    group.role,
    droplet?.size ?? group.size ?? '',
    droplet?.region ?? group.region ?? '',
    [...(anew ? ['remove'] : []), ...steps(node)].join(', '),
    price.toFixed(2),
  ];
}

function steps({ droplet, group, swarm, unlock, labels, availability }: NodePlan): string[] {
  const words = { init: 'start the swarm', join: `join as ${group.role}`, promote: 'promote', demote: 'demote' };
  return [
    ...(droplet === undefined ? ['create'] : []),
    ...(unlock ? ['unlock'] : []),
    ...(swarm ? [words[swarm]] : []),
    ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`),
    ...(availability ? [availability] : []),
  ];
}

function documentOf(cluster: string, what: What, usd: { monthly: number; hourly: number }) {
  const { plan, network, doomed } = what;
  return {
    cluster,
    changes: changes(what),
    usd,
    vpc: createsVpc(network) ? 'create' : null,
    firewall: firewallChange(network) ?? null,
    traffic: firewallTraffic(network),
    autolock: plan.autolock ?? null,
    nodes: plan.nodes.map((node) => ({
      name: node.name,
      role: node.group.role,
      size: node.droplet?.size ?? node.group.size,
      region: node.droplet?.region ?? node.group.region,
      create: node.droplet === undefined,
      swarm: node.swarm ?? null,
      unlock: node.unlock,
      labels: node.labels,
      availability: node.availability ?? null,
      differs: node.differs,
    })),
    remove: doomed.map(({ id, name }) => ({ id, name })),
    extra: plan.extra.map(({ id, name }) => ({ id, name })),
    stale: plan.stale.map(({ id, hostname }) => ({ id, hostname })),
  };
}
