// A cloud firewall as packet filter rules of a droplet's own network namespace: both its interfaces, before Docker's rules.
import { isIPv4 } from 'node:net';
import type { FirewallRule, FirewallRules } from '../firewall.ts';

const INTERFACES = ['eth0', 'eth1'];

/** What `iptables-restore --noflush` reads when the droplet starts: packets pass through two chains of ours, both empty. */
export const chainLines = (): string[] => [
  '*mangle',
  ':CLOUD-IN - [0:0]',
  ':CLOUD-OUT - [0:0]',
  ...INTERFACES.flatMap((one) => [`-A PREROUTING -i ${one} -j CLOUD-IN`, `-A POSTROUTING -o ${one} -j CLOUD-OUT`]),
  'COMMIT',
];

/** … and when its firewall changes: the chains are filled anew, all at once. */
export const ruleLines = (rules: FirewallRules | undefined): string[] => [
  '*mangle',
  ':CLOUD-IN - [0:0]',
  ':CLOUD-OUT - [0:0]',
  ...(rules === undefined
    ? []
    : [...chain('CLOUD-IN', '-s', rules.inbound), ...chain('CLOUD-OUT', '-d', rules.outbound)]),
  'COMMIT',
];

/** What is let through goes on to Docker's rules; the rest is dropped without a word. */
function chain(name: string, side: '-s' | '-d', rules: readonly FirewallRule[]): string[] {
  return [
    `-A ${name} -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN`,
    ...rules.flatMap(({ protocol, ports, addresses }) =>
      // Droplets here have no IPv6 address but their own link's.
      addresses
        .filter((address) => isIPv4(address.replace(/\/.*/, '')))
        .map((address) => {
          const to = ports === undefined ? '' : ` --dport ${ports.first}:${ports.last}`;
          return `-A ${name} ${side} ${address} -p ${protocol}${to} -j RETURN`;
        }),
    ),
    `-A ${name} -j DROP`,
  ];
}
