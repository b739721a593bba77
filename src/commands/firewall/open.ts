import { command } from '../../cli/command.ts';
import { changeFirewall } from './change.ts';
import { portsIn } from './ports.ts';

export default command({
  arguments: '<port...>',
  summary: 'open ports to everybody',
  examples: [
    ['belt firewall open 80 443', ''],
    ['belt firewall open 8000-8010 53/udp', ''],
  ],
  run: (context, { port }) => changeFirewall(context, { kind: 'open', ports: portsIn(port) }),
});
