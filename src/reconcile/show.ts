// A plan as a person reads it, and as a program does.

import type { Size } from '../cloud/schemas.ts';
import { HOURS_A_MONTH, monthlyCost, withBackups } from '../cloud/sizes.ts';
import { clusterOf } from '../cloud/tags.ts';
import { isSettled, managersOf, type NodePlan } from '../cluster/plan.ts';
import { type Cost, costOf, costText, priceText } from '../cluster/prices.ts';
import { countChanges, type Step, stepsOn, stepWords } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { firewallChange, firewallTraffic, reattaches } from '../provision/network.ts';
import { managerAdvice } from '../swarm/join.ts';
import { byShort, findingLines, shortFor, shortOf } from './findings.ts';
import type { Observed } from './observe.ts';

// What is longest stands last: it alone goes on in further lines on a terminal.
const HEADER = ['', 'Node', 'Role', 'Size', 'Region', 'USD/month', 'Change'];

/** What a month of a new droplet costs, in USD. */
export interface Prices {
  bySize: ReadonlyMap<string, number>;
  /** Whether that is with backups. */
  backups: boolean;
}

/** What is billed now, and what is once the plan is carried out. */
interface Costs {
  now: Cost;
  after: Cost;
}

/** The prices of sizes, asked for only where a droplet does not tell its own or one is to be created and they are not known yet. */
export async function pricesFor(
  context: Context,
  { plan, droplets, removals }: Observed,
  sizes?: readonly Size[],
): Promise<Prices> {
  const settings = await context.settings();
  const creates = plan.nodes.some(({ create }) => create);
  const backups = settings.backups && creates;
  const known = [...droplets, ...removals].every(({ priceMonthly }) => priceMonthly !== undefined);
  const asked = sizes ?? (known && !creates ? [] : await (await context.cloud()).sizes());
  const bySize = asked.flatMap(({ slug, price_monthly: price }) =>
    price === undefined ? [] : [[slug, backups ? withBackups(price) : price] as const],
  );
  return { bySize: new Map(bySize), backups };
}

/** The plan, node by node, and what the cluster costs. */
export function showPlan({ out }: Context, spec: ClusterSpec, what: Observed, prices: Prices): void {
  const { plan, steps } = what;
  const advice = steps.length > 0 ? managerAdvice(managersOf(spec).length) : undefined;
  if (advice !== undefined) out.warn(advice);
  const costs = costsOf(what, prices);
  const document = documentOf(spec.name, what, costs);
  if (out.tellsEvents) return out.event('plan', document);
  if (out.json) return out.document(document);
  const recreated = new Set(steps.flatMap((step) => (step.kind === 'remove' && step.recreate ? [step.node] : [])));
  const rows = [
    ...plan.nodes.map((node) => row(node, what, recreated.has(node.name), prices)),
    ...what.removals.filter(({ name }) => !recreated.has(name)).map((droplet) => removalRow(droplet, prices)),
  ];
  const telling = HEADER.map((_, column) => column).filter((column) => tells(rows, column));
  out.table(
    telling.map((column) => HEADER[column]!),
    rows.map((cells) => telling.map((column) => cells[column]!)),
    { marks: true },
  );
  for (const step of steps) {
    if ('node' in step) continue;
    for (const line of stepWords(step)) out.note(line);
    if (step.kind === 'firewall') for (const line of trafficLines(what)) out.note(line);
  }
  for (const line of differenceLines(what)) out.note(line);
  for (const line of namesakeLines(what.namesakes)) out.note(line);
  out.note(`${sentence(what, costs)}${prices.backups ? ', daily backups included' : ''}`);
}

/** Whether a column says anything: not roles where nobody has one, nor a region that all have. */
function tells(rows: readonly (readonly string[])[], column: number): boolean {
  const different = new Set(rows.map((cells) => cells[column]));
  if (HEADER[column] === 'Region') return different.size > 1;
  return HEADER[column] !== 'Role' || !different.has('') || different.size > 1;
}

/** What `up` does not put right, a line each, with the words that do. */
export function differenceLines({ plan, strangers }: Observed): string[] {
  return [
    ...findingLines(
      plan.nodes.flatMap(({ name, trouble, drift }) =>
        [...(trouble ? [trouble] : []), ...drift].map(({ text, hint }) => ({ name, text, hint })),
      ),
    ),
    ...plan.extra.map(({ name, drift: { text, hint } }) => `${name} ${text}; ${hint}`),
    ...strangers.map(
      ({ hostname, address, state }) =>
        `${hostname} (${address || 'no address'}, ${state}) is in the swarm, but is not a droplet of the cluster; it is left alone`,
    ),
  ];
}

/** A cluster whose name was changed in its file is another one: the first stays, and is billed. */
function namesakeLines(namesakes: readonly Droplet[]): string[] {
  const clusters = new Set(namesakes.flatMap(({ tags }) => clusterOf(tags) ?? []));
  return [...clusters].map((cluster) => {
    const droplets = namesakes.filter(({ tags }) => clusterOf(tags) === cluster);
    const [names, cost] = [compact(droplets.map(({ name }) => name)), monthlyCost(droplets).toFixed(2)];
    return `the cluster ${cluster} has ${names} too (${cost} USD a month); if this is ${cluster} under a new name, they stay and are billed; see: belt cluster ls`;
  });
}

/** What a change of the firewall does to those who use the cluster. One for new droplets alone takes nothing from anybody. */
function trafficLines({ plan, network }: Observed): string[] {
  const { opens, shuts } = firewallTraffic(network);
  const stands = plan.nodes.some(({ droplet }) => droplet !== undefined);
  if (firewallChange(network) === 'create') {
    return stands ? [`  of what can reach the droplets now, only this stays open: ${opens.join('; ')}`] : [];
  }
  return [
    ...opens.map((what) => `  opens ${toWhom(what)}`),
    ...shuts.map((what) => `  closes ${toWhom(what)}`),
    ...(reattaches(network) ? ['  applies to its droplets again'] : []),
  ];
}

/** Traffic comes from somebody, and a port is opened or closed to them. */
const toWhom = (traffic: string): string => traffic.replace(' from ', ' to ');

const priceOf = ({ priceMonthly, size }: Droplet, prices: Prices): number | undefined =>
  priceMonthly ?? prices.bySize.get(size);

function costsOf({ plan, droplets, removals }: Observed, prices: Prices): Costs {
  const staying = droplets.map((droplet) => priceOf(droplet, prices));
  const created = plan.nodes.filter(({ create }) => create).map(({ group }) => prices.bySize.get(group.size ?? ''));
  return {
    now: costOf([...staying, ...removals.map((droplet) => priceOf(droplet, prices))]),
    after: costOf([...staying, ...created]),
  };
}

function sentence(what: Observed, { now, after }: Costs): string {
  const todo = todoWords(what);
  const hourly = `(${(after.monthly / HOURS_A_MONTH).toFixed(3)} an hour)`;
  const isSame = now.monthly === after.monthly && now.least === after.least;
  if (isSame || (now.monthly === 0 && !now.least)) return `${todo}; ${costText(after)} USD a month ${hourly}`;
  return `${todo}; ${costText(now)} USD a month now, then ${costText(after)} ${hourly}`;
}

/** What there is to do, counted. A node that could not be asked is no node without changes. */
function todoWords({ steps, plan, unknown }: Observed): string {
  const nodesOf = (kind: Step['kind']) =>
    new Set(steps.flatMap((step) => ('node' in step && step.kind === kind ? [step.node] : [])));
  const [created, removed] = [nodesOf('create'), nodesOf('remove')];
  const others = steps.filter(
    (step) => !isCreated(step) && !('node' in step && (created.has(step.node) || removed.has(step.node))),
  );
  const unasked = plan.nodes.filter((node) => isSettled(node) && node.unknown !== undefined).length;
  const parts = [
    ...creationWords(created.size, steps),
    ...changeWords(others),
    ...(removed.size > 0 ? [`${count(removed.size, 'node')} to remove`] : []),
    ...(unasked > 0 ? [`${count(unasked, 'node')} unknown`] : []),
  ];
  const wrong = wrongWords(plan);
  const nothing = unknown ? 'swarm unknown' : wrong.length > 0 ? 'nothing to change' : 'nothing to do';
  return [parts.length > 0 ? parts.join(', ') : nothing, ...(wrong.length > 0 ? [wrong.join(', ')] : [])].join('; ');
}

/** `2 nodes to change, 1 firewall to change`, of what is there already. */
function changeWords(steps: readonly Step[]): string[] {
  const nodes = new Set(steps.flatMap((step) => ('node' in step ? [step.node] : []))).size;
  const firewalls = steps.filter(({ kind }) => kind === 'firewall').length;
  const stale = steps.filter(({ kind }) => kind === 'forget').length;
  const autolock = steps.find((step) => step.kind === 'autolock');
  return [
    ...(nodes > 0 ? [`${count(nodes, 'node')} to change`] : []),
    ...(firewalls > 0 ? [`${count(firewalls, 'firewall')} to change`] : []),
    ...(autolock ? [`autolock to turn ${autolock.on ? 'on' : 'off'}`] : []),
    ...(stale > 0 ? [`${stale} stale swarm ${stale === 1 ? 'entry' : 'entries'} to remove`] : []),
  ];
}

/** `1 node is powered off`, `2 droplets are not in the file`: what `up` does not put right. */
function wrongWords({ nodes, extra }: Observed['plan']): string[] {
  const wrong = nodes
    .filter((node) => isSettled(node) && node.unknown === undefined)
    .flatMap(({ name, trouble, drift }) => [
      ...(trouble ? [{ name, short: shortOf(trouble.text) }] : []),
      ...drift.map(({ short }) => ({ name, short })),
    ]);
  const outside = extra.map(({ id, drift: { short } }) => ({ name: String(id), short }));
  const words = (noun: string, findings: typeof wrong) =>
    byShort(findings).map(({ short, names: { length } }) => `${count(length, noun)} ${shortFor(length, short)}`);
  return [...words('node', wrong), ...words('droplet', outside)];
}

/** `6 nodes, a firewall and a VPC to create`. */
function creationWords(nodes: number, steps: readonly Step[]): string[] {
  const network = [
    ...(steps.some((step) => step.kind === 'firewall' && isCreated(step)) ? ['a firewall'] : []),
    ...(steps.some((step) => step.kind === 'vpc') ? ['a VPC'] : []),
  ];
  if (network.length === 0) return nodes > 0 ? [`${count(nodes, 'node')} to create`] : [];
  const parts = nodes === 0 ? network : [count(nodes, 'node'), ...network];
  const last = parts.pop()!;
  return [`${[parts.join(', '), last].filter(Boolean).join(' and ')} to create`];
}

const isCreated = (step: Step): boolean =>
  step.kind === 'vpc' || (step.kind === 'firewall' && step.change === 'create');

const removalRow = (droplet: Droplet, prices: Prices): string[] => [
  '-',
  droplet.name,
  '',
  droplet.size,
  droplet.region,
  priceText(priceOf(droplet, prices)),
  'remove',
];

function row(node: NodePlan, { steps, droplets }: Observed, isRecreated: boolean, prices: Prices): string[] {
  const { name, group, droplet, create, unknown, trouble } = node;
  const own = stepsOn(steps, name);
  const there = droplets.find(({ id }) => id === droplet?.id);
  const price = there ? priceOf(there, prices) : create ? prices.bySize.get(group.size ?? '') : undefined;
  const changes = own.flatMap(stepWords);
  return [
    isRecreated ? '±' : create ? '+' : own.length > 0 ? '~' : unknown ? '?' : trouble ? '!' : '',
    name,
    group.role,
    droplet?.size ?? group.size ?? '',
    droplet?.region ?? group.region ?? '',
    trouble && !there ? '' : priceText(price),
    [...changes, ...(unknown === undefined ? [] : [`${unknown} ?`])].join(', '),
  ];
}

const costFields = ({ monthly, least }: Cost) => ({ monthly, hourly: monthly / HOURS_A_MONTH, atLeast: least });

function documentOf(cluster: string, what: Observed, { now, after }: Costs) {
  const { plan, network, removals, steps, strangers, unknown } = what;
  const has = (kind: Step['kind']) => steps.some((step) => step.kind === kind);
  return {
    cluster,
    changes: countChanges(steps),
    usd: { ...costFields(after), now: costFields(now) },
    steps,
    vpc: has('vpc') ? 'create' : null,
    firewall: firewallChange(network) ?? null,
    traffic: firewallTraffic(network),
    autolock: plan.autolock ?? null,
    unknown: unknown?.message ?? null,
    nodes: plan.nodes.map((node) => ({
      name: node.name,
      role: node.group.role,
      size: node.droplet?.size ?? node.group.size,
      region: node.droplet?.region ?? node.group.region,
      create: node.create,
      leave: node.leave,
      swarm: node.swarm ?? null,
      unlock: node.unlock,
      labels: node.labels,
      availability: node.availability ?? null,
      unknown: node.unknown ?? null,
      trouble: node.trouble ? { text: node.trouble.text, hint: node.trouble.hint } : null,
      drift: node.drift.map(({ text, hint }) => ({ text, hint })),
    })),
    remove: removals.map(({ id, name }) => ({ id, name })),
    extra: plan.extra.map(({ id, name }) => ({ id, name })),
    stale: plan.stale.map(({ id, hostname }) => ({ id, hostname })),
    strangers: strangers.map(({ id, hostname, address, state }) => ({ id, hostname, address, state })),
  };
}
