import { command, flag, type OptionsFor } from '../cli/command.ts';
import { type DownOptions, down } from '../provision/take-down.ts';

export default command({
  summary: 'remove the cluster: its droplets, firewall and VPC',
  options: {
    yes: flag('do not ask for the cluster’s name', 'y'),
    force: flag('even if other machines would be left in a swarm without managers'),
    dryRun: flag('show what would be deleted, and delete nothing'),
  } satisfies OptionsFor<DownOptions>,
  examples: [
    ['belt down', 'asks for the cluster’s name'],
    ['BELT_CLUSTER=test belt down --yes', 'another cluster, without asking'],
  ],
  run: (context, _given, options) => down(context, options),
});
