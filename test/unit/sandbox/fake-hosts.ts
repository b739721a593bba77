// Hosts that answer nothing and remember what was asked of them.
import { LOOPBACK } from '../../../src/sandbox/hosts/addresses.ts';
import type { Host, HostFaults, Hosts, Machine } from '../../../src/sandbox/types.ts';

export interface FakeHosts extends Hosts {
  /** `create node1`, `powerOn node1` … in order. */
  readonly did: string[];
  readonly machines: Machine[];
  readonly faults: HostFaults[];
}

export function fakeHosts(): FakeHosts {
  const did: string[] = [];
  const machines: Machine[] = [];
  const faults: HostFaults[] = [];
  return {
    did,
    machines,
    faults,
    addresses: LOOPBACK,
    sshPort: 22,
    create: async (machine, broken): Promise<Host> => {
      did.push(`create ${machine.name}`);
      machines.push(machine);
      faults.push(broken);
      const note = (what: string) => async () => void did.push(`${what} ${machine.name}`);
      return {
        record: {},
        powerOn: note('powerOn'),
        powerOff: note('powerOff'),
        shutdown: note('shutdown'),
        destroy: note('destroy'),
      };
    },
    close: async () => {},
  };
}
