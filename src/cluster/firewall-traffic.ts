// Compares and describes the traffic that firewalls allow, however their rules are written. Pure.
import { WORLD } from '../config/cluster/types.ts';
import { isSameTag } from '../model/tag.ts';
import { type ClusterFirewall, isBetweenNodes, type Peers, type Rule, rangeOf, rangeText } from './firewall.ts';
import { covers, EVERY_PORT, minus, type Range } from './ports.ts';

/** Traffic of one protocol with one peer. */
interface Flow {
  way: 'from' | 'to';
  protocol: Rule['protocol'];
  /** In words: one of `peerWords`. */
  peer: string;
  ranges: Range[];
}

/** What changes between two firewalls, a line a port: `22/tcp from 192.0.2.1/32`. */
export interface TrafficChange {
  opens: string[];
  shuts: string[];
}

/** Whether two firewalls allow the same traffic to the same droplets. */
export function sameFirewall(one: ClusterFirewall, other: ClusterFirewall): boolean {
  const { opens, shuts } = trafficChange(one, other, '');
  const tagsOf = ({ tags }: ClusterFirewall) =>
    JSON.stringify([...new Set(tags.map((tag) => tag.toLowerCase()))].toSorted());
  return opens.length + shuts.length === 0 && tagsOf(one) === tagsOf(other);
}

/** What a change opens and what it closes. `tag` is that of the cluster's droplets. */
export function trafficChange(before: ClusterFirewall, after: ClusterFirewall, tag: string): TrafficChange {
  const [old, now] = [flowsOf(before, tag), flowsOf(after, tag)];
  return { opens: lines(beyond(now, old)), shuts: lines(beyond(old, now)) };
}

/** What comes in from outside the cluster, a line a rule. */
export const fromOutside = ({ inbound }: ClusterFirewall, tag: string): string[] =>
  inbound
    .filter((rule) => !isBetweenNodes(rule, tag))
    .map((rule) => `${portsWords(rule)} from ${peersWords(rule.peers, tag)}`);

/** `80/tcp`, `every port/udp`, `icmp`. */
export function portsWords(rule: Pick<Rule, 'protocol' | 'ports'>): string {
  if (rule.protocol === 'icmp') return 'icmp';
  const range = rangeOf(rule);
  return `${covers([range], EVERY_PORT) ? 'every port' : rangeText(range)}/${rule.protocol}`;
}

/** `everybody`, `its nodes`, or who they are. */
export const peersWords = (peers: Peers, tag: string): string => together(peerWords(peers, tag));

function together(words: readonly string[]): string {
  if (!WORLD.every((range) => words.includes(range))) return words.join(', ');
  return ['everybody', ...words.filter((word) => !WORLD.includes(word))].join(', ');
}

/** Each peer in words. */
const peerWords = ({ addresses, tags, others = {} }: Peers, tag: string): string[] => [
  ...addresses.map(withMask),
  ...tags.map((each) => (isSameTag(each, tag) ? 'its nodes' : `droplets tagged ${each}`)),
  ...Object.entries(others).flatMap(([kind, ids]) => ids.map((id) => `${KINDS[kind] ?? kind} ${id}`)),
];

const KINDS: Readonly<Record<string, string>> = {
  droplet_ids: 'droplet',
  load_balancer_uids: 'load balancer',
  kubernetes_ids: 'Kubernetes cluster',
};

/** A single address may be written without one. */
const withMask = (address: string): string =>
  address.includes('/') ? address : `${address}/${isIPv6(address) ? 128 : 32}`;

const isIPv6 = (address: string): boolean => address.includes(':');

function flowsOf({ inbound, outbound }: ClusterFirewall, tag: string): Map<string, Flow> {
  const flows = new Map<string, Flow>();
  const add = (way: Flow['way']) => (rule: Rule) => {
    for (const peer of peerWords(rule.peers, tag)) {
      const { protocol } = rule;
      const key = keyOf({ way, protocol, peer });
      const flow = flows.get(key) ?? { way, protocol, peer, ranges: [] };
      flow.ranges.push(protocol === 'icmp' ? EVERY_PORT : rangeOf(rule));
      flows.set(key, flow);
    }
  };
  inbound.forEach(add('from'));
  outbound.forEach(add('to'));
  return flows;
}

/** Tags and addresses compare without case. */
const keyOf = ({ way, protocol, peer }: Omit<Flow, 'ranges'>): string => `${way} ${protocol} ${peer}`.toLowerCase();

/** The traffic that the others do not allow, not even through a rule for everybody. */
function beyond(flows: ReadonlyMap<string, Flow>, others: ReadonlyMap<string, Flow>): Flow[] {
  return [...flows.values()].flatMap((flow) => {
    const through = [flow.peer, ...wider(flow.peer)].flatMap(
      (peer) => others.get(keyOf({ ...flow, peer }))?.ranges ?? [],
    );
    const ranges = minus(flow.ranges, through);
    return ranges.length > 0 ? [{ ...flow, ranges }] : [];
  });
}

/** Everybody of the same kind of address. */
const wider = (peer: string): string[] =>
  /^[\da-f.:]+\/\d+$/i.test(peer) ? WORLD.filter((range) => isIPv6(range) === isIPv6(peer)) : [];

/** One line for all flows on the same ports. */
function lines(flows: readonly Flow[]): string[] {
  const byPorts = new Map<string, string[]>();
  for (const { way, protocol, peer, ranges } of flows) {
    for (const range of ranges) {
      const ports = `${portsWords({ protocol, ports: rangeText(range) })} ${way}`;
      byPorts.set(ports, [...new Set([...(byPorts.get(ports) ?? []), peer])]);
    }
  }
  return [...byPorts].map(([ports, peers]) => `${ports} ${together(peers)}`);
}
