// What a change of the firewall is told in.
import { type ClusterFirewall, type Holds, portName } from '../../cluster/firewall.ts';
import { editFirewall, type FirewallEdit } from '../../cluster/firewall-edit.ts';
import { sameFirewall } from '../../cluster/firewall-traffic.ts';

/** A line a port, or one about SSH; what was so before is said to be. `before` is undefined where there was no firewall. */
export function doneLines(edit: FirewallEdit, before: ClusterFirewall | undefined, holds: Holds): string[] {
  const already = (part: FirewallEdit) =>
    before !== undefined && sameFirewall(before, editFirewall(before, part, holds)) ? ' (unchanged)' : '';
  if (edit.kind === 'allow-ssh') return [`SSH: from ${edit.from.join(', ')}${already(edit)}`];
  const { kind } = edit;
  const state = kind === 'open' ? 'open' : 'closed';
  return edit.ports.map((port) => `${portName(port)}: ${state}${already({ kind, ports: [port] })}`);
}
