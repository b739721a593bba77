// The effect of cloud firewalls on one machine: plain addresses and ports, independent of where the rules come from.
import { BlockList, isIP, isIPv6 } from 'node:net';

export type FirewallProtocol = 'tcp' | 'udp' | 'icmp';

/** One kind of traffic that is allowed. */
export interface FirewallRule {
  readonly protocol: FirewallProtocol;
  /** First and last port, both included; absent for all ports, and for ICMP. */
  readonly ports?: { readonly first: number; readonly last: number };
  /** The other side's: IPv4 and IPv6 addresses and CIDR ranges, at least one. */
  readonly addresses: readonly string[];
}

/** Everything that is allowed; everything else is silently dropped. Replies to allowed traffic pass. */
export interface FirewallRules {
  readonly inbound: readonly FirewallRule[];
  readonly outbound: readonly FirewallRule[];
}

/** The first packet of a connection. */
export interface Knock {
  protocol: FirewallProtocol;
  port: number;
  /** The other side's address. */
  address: string;
}

export const admits = (rules: readonly FirewallRule[], { protocol, port, address }: Knock): boolean =>
  rules.some(
    (rule) =>
      rule.protocol === protocol &&
      (rule.ports === undefined || (rule.ports.first <= port && port <= rule.ports.last)) &&
      rule.addresses.some((range) => isIn(range, address)),
  );

/** Whether the text is an IPv4 or IPv6 address, or a range of them in CIDR notation. */
export function isAddressRange(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && most > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most));
}

function isIn(range: string, address: string): boolean {
  // Nearly all of them are single addresses of droplets: building a BlockList for each costs much.
  if (range === address || (!range.includes('/') && !isIPv6(range))) return range === address;
  const [network = '', bits] = range.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? 128), family);
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
