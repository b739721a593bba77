import { command, flag } from '../cli/command.ts';
import { timeout } from '../cli/options.ts';
import { restart } from '../stack/restart.ts';

export default command({
  arguments: '<service...>',
  summary: 'replace the tasks of services by new ones, and see them run',
  description:
    'Has Swarm replace every task of the services by a new one that is the same, a few at a time as the update_config of each says ' +
    '(one at a time, where it says nothing), and waits until each service runs or cannot: then it says why. Exit code 3: a service ' +
    'failed or was rolled back. A job runs again.',
  options: {
    detach: flag('do not wait until the services run', 'd'),
    timeout: timeout(600, 'give up on services that do not run by then'),
  },
  examples: [
    ['belt restart shop_web', 'one service'],
    ["belt restart 'shop_*'", 'all of a stack'],
  ],
  run: (context, { service }, options) => restart(context, service, options),
});
