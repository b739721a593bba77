// Opens and closes ports in a cluster's firewall: in the existing one and in the description. Pure.
import { type FirewallSpec, type OpenPort, WORLD } from '../config/cluster/types.ts';
import { hasTag } from '../model/tag.ts';
import {
  type ClusterFirewall,
  type Holds,
  isBetweenNodes,
  isForEverybody,
  isOfAddresses,
  type Rule,
  rangeOf,
  rangeText,
  rule,
} from './firewall.ts';
import { covers, minus, withoutPort, withPort } from './ports.ts';

export type FirewallEdit =
  | { kind: 'open' | 'close'; ports: readonly OpenPort[] }
  | { kind: 'allow-ssh'; from: readonly string[] };

/** The described firewall after the edit. */
export function editSpec(spec: FirewallSpec, edit: FirewallEdit): FirewallSpec {
  if (edit.kind === 'allow-ssh') return { ...spec, sshFrom: [...edit.from] };
  const change = edit.kind === 'open' ? withPort : withoutPort;
  return { ...spec, open: edit.ports.reduce(change, spec.open) };
}

/** The firewall after the edit; unrelated rules stay, whoever created them. */
export function editFirewall(firewall: ClusterFirewall, edit: FirewallEdit, holds: Holds): ClusterFirewall {
  return { ...firewall, tags: withTag(firewall.tags, holds.tag), inbound: editRules(firewall.inbound, edit, holds) };
}

const withTag = (tags: readonly string[], tag: string): readonly string[] =>
  hasTag(tags, tag) ? tags : [...tags, tag];

function editRules(rules: readonly Rule[], edit: FirewallEdit, { tag, sshPort }: Holds): readonly Rule[] {
  if (edit.kind === 'allow-ssh') {
    const ssh: OpenPort = { first: sshPort, last: sshPort, protocol: 'tcp' };
    return [rule('tcp', rangeText(ssh), edit.from, []), ...shut(rules, ssh, tag)];
  }
  return edit.ports.reduce(edit.kind === 'open' ? opened : (left, port) => shut(left, port, tag), rules);
}

/** Adds a rule for everybody, replacing narrower ones. */
function opened(rules: readonly Rule[], port: OpenPort): readonly Rule[] {
  if (isOpen(rules, port)) return rules;
  const less = (each: Rule) => each.protocol === port.protocol && isOfAddresses(each) && covers([port], rangeOf(each));
  return [...rules.filter((each) => !less(each)), rule(port.protocol, rangeText(port), WORLD, [])];
}

/** Removes what lets in anybody from outside. */
const shut = (rules: readonly Rule[], port: OpenPort, tag: string): Rule[] =>
  rules.flatMap((each) =>
    each.protocol !== port.protocol || isBetweenNodes(each, tag)
      ? [each]
      : minus([rangeOf(each)], [port]).map((range) => ({ ...each, ports: rangeText(range) })),
  );

/** Whether everybody reaches all of these ports. */
export const isOpen = (rules: readonly Rule[], port: OpenPort): boolean =>
  covers(rules.filter((each) => each.protocol === port.protocol && isForEverybody(each)).map(rangeOf), port);

/** Whether nobody outside reaches some of these ports. */
export const isShut = (rules: readonly Rule[], port: OpenPort, tag: string): boolean =>
  !covers(rules.filter((each) => each.protocol === port.protocol && !isBetweenNodes(each, tag)).map(rangeOf), port);
