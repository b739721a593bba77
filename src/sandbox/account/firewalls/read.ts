// Validates firewall requests. DigitalOcean does not document its errors here; known ones use its
// wording (`duplicate name`, `invalid address`, ports, types), the others use ours.
import { type FirewallProtocol, isAddressRange } from '../../firewall.ts';
import type { Account } from '../account.ts';
import { type Fields, fieldsOf, idOf, listOf } from '../body.ts';
import { conflict, needed, unprocessable } from '../refusals.ts';
import { type AccessRule, type Firewall, type FirewallPlan, namesNobody } from './firewall.ts';

// docs.digitalocean.com/products/networking/firewalls/details/limits/: "a maximum of 10 Droplets per firewall and 5 tags
// per firewall", "up to 50 total incoming and outgoing rules", "1000 entries in the Sources or Destinations field".
// How many firewalls a droplet has is not limited.
const MOST_DROPLETS = 10;
const MOST_TAGS = 5;
const MOST_RULES = 50;
const MOST_ADDRESSES = 1000;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9.-]+$/;
const PROTOCOLS: readonly FirewallProtocol[] = ['tcp', 'udp', 'icmp'];

type Rules = Pick<FirewallPlan, 'inbound' | 'outbound'>;

/** Reads a whole firewall; `replaced` is the one that it replaces. */
export function readPlan(account: Account, body: unknown, replaced?: Firewall): FirewallPlan {
  const fields = fieldsOf(body);
  const name = readName(account, fields, replaced);
  const rules = readRules(account, body);
  const [dropletIds, tags] = [listOf(fields, 'droplet_ids'), listOf(fields, 'tags')];
  return checkLimits({
    name,
    ...rules,
    dropletIds: [...new Set(dropletIds.map((id) => existingDroplet(account, id)))],
    tags: [...new Set(tags.map((tag) => existingTag(account, tag)))],
  });
}

/** Reads `inbound_rules` and `outbound_rules`, of which there must be one. */
export function readRules(account: Account, body: unknown): Rules {
  const fields = fieldsOf(body);
  const inbound = listOf(fields, 'inbound_rules').map((rule) => readRule(account, rule, 'sources'));
  const outbound = listOf(fields, 'outbound_rules').map((rule) => readRule(account, rule, 'destinations'));
  if (inbound.length + outbound.length === 0) throw unprocessable('at least one inbound or outbound rule is required');
  return { inbound, outbound };
}

export const readDroplets = (account: Account, body: unknown): number[] =>
  required(body, 'droplet_ids').map((id) => existingDroplet(account, id));

export const readTags = (account: Account, body: unknown): string[] =>
  required(body, 'tags').map((tag) => existingTag(account, tag));

export function checkLimits(plan: FirewallPlan): FirewallPlan {
  const rules = [...plan.inbound, ...plan.outbound];
  atMost(plan.dropletIds, MOST_DROPLETS, 'a firewall can have at most', 'droplets');
  atMost(plan.tags, MOST_TAGS, 'a firewall can have at most', 'tags');
  atMost(rules, MOST_RULES, 'a firewall can have at most', 'rules');
  for (const { addresses } of rules) atMost(addresses, MOST_ADDRESSES, 'a rule can have at most', 'addresses');
  return plan;
}

function atMost(things: readonly unknown[], most: number, what: string, kind: string): void {
  if (things.length > most) throw unprocessable(`${what} ${most} ${kind}`);
}

/** The list that the body must have. */
export function required(body: unknown, name: 'droplet_ids' | 'tags'): unknown[] {
  const values = listOf(fieldsOf(body), name);
  if (values.length === 0) throw unprocessable(`${name} is required`);
  return values;
}

function readName(account: Account, fields: Fields, replaced: Firewall | undefined): string {
  const name = fields['name'];
  if (typeof name !== 'string' || name.length > 255 || !NAME.test(name)) {
    throw unprocessable('name is invalid: it may contain letters, numbers, dashes and periods');
  }
  const other = account.firewalls.withName(name);
  if (other && other !== replaced) throw conflict('duplicate name');
  return name;
}

function readRule(account: Account, given: unknown, side: 'sources' | 'destinations'): AccessRule {
  const fields = fieldsOf(given);
  const protocol = PROTOCOLS.find((each) => each === fields['protocol']);
  if (!protocol) throw unprocessable('protocol must be one of tcp, udp, icmp');
  const others = fields[side];
  if (typeof others !== 'object' || others === null || Array.isArray(others)) {
    throw unprocessable(`You specified an invalid type for one of the ${side}.`);
  }
  const rule: AccessRule = { protocol, ports: readPorts(fields, protocol), ...readOthers(account, others as Fields) };
  if (namesNobody(rule)) throw unprocessable(`a rule needs at least one of its ${side}`);
  return rule;
}

function readOthers(account: Account, others: Fields): Omit<AccessRule, 'protocol' | 'ports'> {
  // The sandbox has neither, so any of them is unknown.
  for (const kind of ['load_balancer_uids', 'kubernetes_ids']) {
    const [unknown] = listOf(others, kind);
    if (unknown !== undefined) throw unprocessable(`${kind}: ${unknown} could not be found`);
  }
  const addresses = listOf(others, 'addresses').map((address) => {
    if (typeof address !== 'string' || !isAddressRange(address)) throw unprocessable('invalid address');
    return address;
  });
  return {
    addresses,
    dropletIds: listOf(others, 'droplet_ids').map((id) => existingDroplet(account, id)),
    tags: listOf(others, 'tags').map((tag) => existingTag(account, tag)),
  };
}

/** `all` may be written, and is shown as `0`. ICMP has no ports, and shows `0` too. */
function readPorts(fields: Fields, protocol: FirewallProtocol): string {
  const ports = fields['ports'];
  if (protocol === 'icmp') return '0';
  if (typeof ports !== 'string' || ports === '') throw unprocessable('You must specify a positive value for ports.');
  if (ports === 'all' || ports === '0') return '0';
  const [first = 0, last = first] = /^\d{1,5}(-\d{1,5})?$/.test(ports) ? ports.split('-').map(Number) : [];
  if (first < 1 || last > 65_535 || first > last) throw unprocessable('you must specify a valid range for ports');
  return ports;
}

function existingDroplet(account: Account, value: unknown): number {
  const droplet = account.droplets.get(idOf(value) ?? 0);
  return needed(droplet, `droplet_ids: ${value} could not be found`).id;
}

function existingTag(account: Account, tag: unknown): string {
  const spelled = typeof tag === 'string' ? account.tags.spelled(tag) : undefined;
  return needed(spelled, `tags: ${tag} could not be found`);
}
