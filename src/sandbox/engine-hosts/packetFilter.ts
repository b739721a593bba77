// Cloud firewalls as packet filter tables of the switch's namespace: nobody on a droplet sees or changes them, and they
// know the droplet by its ports, which stay its own whatever addresses it gives itself. Pure.
import { isIPv6 } from 'node:net';
import type { FirewallRule, FirewallRules } from '../firewall.ts';

/** A droplet whose traffic is filtered. */
export interface Guarded {
  id: number;
  /** Its addresses, public and private. */
  addresses: readonly string[];
  rules: FirewallRules;
}

/** A droplet's ports on the public bridge and its VPC's, at its n-th boot. */
export const portsOf = (id: number, boot: number) => ({ public: `p${id}.${boot}`, private: `v${id}.${boot}` });

/** Those of any boot, as the packet filter has them. */
const anyPort = (id: number): string[] => [`p${id}.+`, `v${id}.+`];

type Family = 4 | 6;

const ICMP = { 4: 'icmp', 6: 'ipv6-icmp' } as const;

/** By these, neighbours find each other in IPv6, as by ARP in IPv4, which no firewall stops. */
const NEIGHBOURS = [130, 131, 132, 133, 134, 135, 136, 143];

/** The whole table, as `iptables-restore` (4) or `ip6tables-restore` (6) takes it: what stood before gives way to it at once. */
export function tableLines(family: Family, all: readonly Guarded[]): string[] {
  return [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...all.flatMap(({ id }) => [`:out-${id} - [0:0]`, `:in-${id} - [0:0]`]),
    // Also without a firewall: one that comes later has to know which connections stand.
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...(family === 6 ? NEIGHBOURS.flatMap(neighbourLines) : []),
    ...all.flatMap((guarded) => jumpLines(family, guarded)),
    ...all.flatMap(({ id, rules }) => [
      ...chainLines(family, `out-${id}`, '-d', rules.outbound),
      ...chainLines(family, `in-${id}`, '-s', rules.inbound),
    ]),
    'COMMIT',
    '',
  ];
}

const neighbourLines = (type: number): string[] =>
  ['FORWARD', 'INPUT'].map((chain) => `-A ${chain} -p ipv6-icmp --icmpv6-type ${type} -j ACCEPT`);

/** Where the droplet's traffic goes to be judged. */
function jumpLines(family: Family, { id, addresses }: Guarded): string[] {
  const routed = addresses.filter((address) => familyOf(address) === family);
  return [
    ...anyPort(id).flatMap((port) =>
      ['FORWARD', 'INPUT'].map((chain) => `-A ${chain} -m physdev --physdev-in ${port} -j out-${id}`),
    ),
    ...anyPort(id).map((port) => `-A FORWARD -m physdev --physdev-is-bridged --physdev-out ${port} -j in-${id}`),
    // What the switch routes, from the machine to a VPC, has no port yet when it is judged.
    ...routed.map((address) => `-A FORWARD -d ${address} -m physdev ! --physdev-is-bridged -j in-${id}`),
  ];
}

/** What one of the rules admits returns, to be judged by the other side's firewall; the rest goes no further. */
function chainLines(family: Family, chain: string, side: '-s' | '-d', rules: readonly FirewallRule[]): string[] {
  const admitted = rules.flatMap(({ protocol, ports, addresses }) =>
    addresses
      .filter((address) => familyOf(address) === family)
      .map((address) => {
        const kind = protocol === 'icmp' ? ICMP[family] : protocol;
        const range = ports === undefined ? '' : ` --dport ${ports.first}:${ports.last}`;
        return `-A ${chain} ${side} ${address} -p ${kind}${range} -j RETURN`;
      }),
  );
  return [...admitted, `-A ${chain} -j DROP`];
}

const familyOf = (range: string): Family => (isIPv6(range.replace(/\/.*/, '')) ? 6 : 4);
