// The words of the commands about a cluster's cloud firewall.
import type { Command } from 'commander';
import { add, examples, group, type Start } from './shape.ts';

export function declareFirewall(program: Command, start: Start): void {
  const firewall = group(program, 'firewall', 'what the cluster’s cloud firewall lets in: show and change it');
  examples(firewall, [['belt firewall open 80 443', 'for everybody, and in the cluster’s description too']]);
  examples(
    add(firewall, 'show', 'who reaches which port of the cluster’s nodes').action((_options, command) =>
      start(command, async (context) => (await import('../commands/firewall/show.ts')).firewallShow(context)),
    ),
    [
      ['belt firewall show', ''],
      ['belt firewall show --json', 'with what goes out'],
    ],
  );
  examples(
    add(firewall, 'open <port...>', 'open ports to everybody').action((ports, _options, command) =>
      start(command, async (context) => (await import('../commands/firewall/ports.ts')).firewallOpen(context, ports)),
    ),
    [
      ['belt firewall open 80 443', ''],
      ['belt firewall open 8000-8010 53/udp', ''],
    ],
  );
  examples(
    add(firewall, 'close <port...>', 'shut ports to all but the cluster’s nodes').action((ports, _options, command) =>
      start(command, async (context) => (await import('../commands/firewall/ports.ts')).firewallClose(context, ports)),
    ),
    [['belt firewall close 8080', '']],
  );
  examples(
    add(firewall, 'allow-ssh <cidr...>', 'let these addresses use SSH, and no others')
      .option('-y, --yes', 'do not ask, even if this machine would be shut out')
      .action((ranges, options, command) =>
        start(command, async (context) =>
          (await import('../commands/firewall/allow-ssh.ts')).allowSsh(context, ranges, options),
        ),
      ),
    [
      ['belt firewall allow-ssh 203.0.113.0/24 198.51.100.7', 'an office, and a home'],
      ['belt firewall allow-ssh 0.0.0.0/0 ::/0', 'anywhere'],
    ],
  );
}
