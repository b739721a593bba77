// What a cloud firewall comes to in the switch's packet filter.
import { describe, expect, test } from 'vitest';
import { type Guarded, portsOf, tableLines } from '../../../src/sandbox/engine-hosts/packetFilter.ts';

const guarded = (rules: Guarded['rules'], id = 7): Guarded => ({ id, addresses: ['198.18.0.3', '10.1.0.2'], rules });
const chain = (lines: string[], name: string) => lines.filter((line) => line.startsWith(`-A ${name} `));

describe('the table', () => {
  test('without a firewall knows which connections stand, and stops nothing', () => {
    expect(tableLines(4, [])).toEqual([
      '*filter',
      ':INPUT ACCEPT [0:0]',
      ':FORWARD ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      'COMMIT',
      '',
    ]);
  });

  test('drops all in a direction that has no rule', () => {
    const lines = tableLines(4, [guarded({ inbound: [], outbound: [] })]);
    expect(chain(lines, 'in-7')).toEqual(['-A in-7 -j DROP']);
    expect(chain(lines, 'out-7')).toEqual(['-A out-7 -j DROP']);
  });

  test('has a line for each address of its own family, and a range of ports', () => {
    const addresses = ['203.0.113.0/24', '2001:db8::/32', '198.51.100.9'];
    const rules = { inbound: [{ protocol: 'tcp' as const, ports: { first: 80, last: 90 }, addresses }], outbound: [] };
    expect(chain(tableLines(4, [guarded(rules)]), 'in-7')).toEqual([
      '-A in-7 -s 203.0.113.0/24 -p tcp --dport 80:90 -j RETURN',
      '-A in-7 -s 198.51.100.9 -p tcp --dport 80:90 -j RETURN',
      '-A in-7 -j DROP',
    ]);
    expect(chain(tableLines(6, [guarded(rules)]), 'in-7')).toEqual([
      '-A in-7 -s 2001:db8::/32 -p tcp --dport 80:90 -j RETURN',
      '-A in-7 -j DROP',
    ]);
  });

  test('takes a rule without ports for all of them, and ICMP in each family as it is called there', () => {
    const outbound = [
      { protocol: 'udp' as const, addresses: ['0.0.0.0/0'] },
      { protocol: 'icmp' as const, addresses: ['0.0.0.0/0', '::/0'] },
    ];
    expect(chain(tableLines(4, [guarded({ inbound: [], outbound })]), 'out-7')).toEqual([
      '-A out-7 -d 0.0.0.0/0 -p udp -j RETURN',
      '-A out-7 -d 0.0.0.0/0 -p icmp -j RETURN',
      '-A out-7 -j DROP',
    ]);
    expect(chain(tableLines(6, [guarded({ inbound: [], outbound })]), 'out-7')[0]).toBe(
      '-A out-7 -d ::/0 -p ipv6-icmp -j RETURN',
    );
  });

  test('sends what comes from a droplet and what goes to it to its chains, by the ports of any boot', () => {
    const forward = chain(tableLines(4, [guarded({ inbound: [], outbound: [] })]), 'FORWARD');
    expect(forward).toEqual([
      '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A FORWARD -m physdev --physdev-in p7.+ -j out-7',
      '-A FORWARD -m physdev --physdev-in v7.+ -j out-7',
      '-A FORWARD -m physdev --physdev-is-bridged --physdev-out p7.+ -j in-7',
      '-A FORWARD -m physdev --physdev-is-bridged --physdev-out v7.+ -j in-7',
      '-A FORWARD -d 198.18.0.3 -m physdev ! --physdev-is-bridged -j in-7',
      '-A FORWARD -d 10.1.0.2 -m physdev ! --physdev-is-bridged -j in-7',
    ]);
    expect(portsOf(7, 12)).toEqual({ public: 'p7.12', private: 'v7.12' });
  });

  test('lets IPv6 neighbours find each other before any droplet is judged', () => {
    const forward = chain(tableLines(6, [guarded({ inbound: [], outbound: [] })]), 'FORWARD');
    const asks = forward.indexOf('-A FORWARD -p ipv6-icmp --icmpv6-type 135 -j ACCEPT');
    expect(asks).toBeGreaterThan(0);
    expect(asks).toBeLessThan(forward.findIndex((line) => line.endsWith('-j out-7')));
  });
});
