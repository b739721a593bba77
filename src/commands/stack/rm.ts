import { command } from '../../cli/command.ts';
import { timeout, yes } from '../../cli/options.ts';
import { takeDown } from '../../stack/take-down.ts';

export default command({
  arguments: '<stacks...>',
  summary: 'remove stacks, and wait until they are gone',
  description:
    'Shows the services, networks, configs and secrets of the stacks, asks, removes them and waits until their tasks ' +
    'have ended. Volumes stay on the nodes. What is external to a stack, or used by the services of another, stays too.',
  options: { yes, timeout: timeout(120, 'give up on tasks that have not ended by then') },
  examples: [
    ['belt stack rm shop', ''],
    ['belt stack rm shop blog --yes', 'two, without being asked'],
  ],
  run: (context, { stacks }, options) => takeDown(context, [...new Set(stacks)], options),
});
