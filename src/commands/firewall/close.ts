import { command } from '../../cli/command.ts';
import { changeFirewall } from './change.ts';
import { portsIn } from './ports.ts';

export default command({
  arguments: '<port...>',
  summary: 'close ports to all but the cluster’s nodes',
  examples: [['belt firewall close 8080', '']],
  run: (context, { port }) => changeFirewall(context, { kind: 'close', ports: portsIn(port) }),
});
