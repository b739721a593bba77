// Ports that are not opened and shut by hand.
import { portName, swarmPorts } from '../../cluster/firewall.ts';
import type { FirewallEdit } from '../../cluster/firewall-edit.ts';
import { covers } from '../../cluster/ports.ts';
import type { OpenPort } from '../../config/cluster/types.ts';
import { UsageError } from '../../errors.ts';

/** @throws UsageError naming the first port of the edit that is SSH's or the swarm's own */
export function checkReserved(
  edit: FirewallEdit,
  { sshPort, dataPathPort }: { sshPort: number; dataPathPort: number | undefined },
): void {
  if (edit.kind === 'allow-ssh') return;
  const ssh: OpenPort = { first: sshPort, last: sshPort, protocol: 'tcp' };
  for (const port of edit.ports) {
    const reserved = [ssh, ...swarmPorts(dataPathPort)].find(
      (each) => each.protocol === port.protocol && covers([port], each),
    );
    if (reserved === ssh) {
      throw new UsageError(`${within(port, ssh)} the port of SSH`, {
        hint: 'who may use SSH: belt firewall allow-ssh CIDR…',
      });
    }
    if (reserved) {
      throw new UsageError(`${within(port, reserved)} the swarm's own port, only for its nodes`, {
        hint: 'what the nodes need from each other is open between them and closed to everybody else',
      });
    }
  }
}

const within = (port: OpenPort, reserved: OpenPort): string =>
  portName(port) === portName(reserved) ? `${portName(port)} is` : `${portName(reserved)}, in ${portName(port)}, is`;
