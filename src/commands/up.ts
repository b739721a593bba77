import { command, flag, type OptionsFor } from '../cli/command.ts';
import { concurrency, removing, rollback, timeout, yes } from '../cli/options.ts';
import { type UpOptions, up } from '../reconcile/up.ts';
import { bringPushed } from '../stack/bring-pushed.ts';

export default command({
  summary: 'make the cluster match .belt.yaml',
  options: {
    ...removing,
    yes,
    rollback,
    dryRun: flag('the same as belt plan'),
    timeout: timeout(600, 'give up on a node that has not joined by then'),
    concurrency,
  } satisfies OptionsFor<UpOptions>,
  ownConnections: true,
  examples: [
    ['belt up', 'shows the plan and asks'],
    ['belt up --yes', 'again after anything: completed steps are kept'],
    ['belt up --prune', 'after nodes were taken out of the file'],
    ['belt up --replace node3', 'a droplet that died'],
    ['belt up --yes --json', 'for programs: an event a line, the last is end'],
  ],
  run: (context, _given, options) => up(context, { ...options, onJoined: (names) => bringPushed(context, names) }),
});
