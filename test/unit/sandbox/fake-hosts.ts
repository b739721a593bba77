// Hosts that answer nothing and remember what was asked of them.

import type { FirewallRules } from '../../../src/sandbox/firewall.ts';
import { LOOPBACK } from '../../../src/sandbox/hosts/addresses.ts';
import type { Host, HostEvents, HostFaults, Hosts, Machine } from '../../../src/sandbox/types.ts';

export interface FakeHosts extends Hosts {
  /** `create node1`, `powerOn node1` … in order. */
  readonly did: string[];
  readonly machines: Machine[];
  readonly faults: HostFaults[];
  /** By which each machine's host speaks of its own accord. */
  readonly events: HostEvents[];
  /** What each machine's host was told last, by name. */
  readonly firewalls: Map<string, FirewallRules | undefined>;
}

export function fakeHosts(): FakeHosts {
  const did: string[] = [];
  const machines: Machine[] = [];
  const faults: HostFaults[] = [];
  const events: HostEvents[] = [];
  const firewalls = new Map<string, FirewallRules | undefined>();
  return {
    did,
    machines,
    faults,
    events,
    addresses: LOOPBACK,
    sshPort: 22,
    firewalls,
    create: async (machine, broken, told): Promise<Host> => {
      did.push(`create ${machine.name}`);
      machines.push(machine);
      faults.push(broken);
      events.push(told);
      const note = (what: string) => async () => void did.push(`${what} ${machine.name}`);
      return {
        record: {},
        powerOn: note('powerOn'),
        powerOff: note('powerOff'),
        shutdown: note('shutdown'),
        destroy: note('destroy'),
        setFirewall: async (rules) => {
          did.push(`setFirewall ${machine.name}`);
          firewalls.set(machine.name, rules);
        },
      };
    },
    close: async () => {},
  };
}
