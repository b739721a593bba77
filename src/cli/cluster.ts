// The words of the commands that make a cluster what .belt.yaml says.
import type { Command } from 'commander';
import { add, examples, positive, type Start } from './shape.ts';

/** What of the cluster is removed, and what is taken out of other swarms. */
const removing = (command: Command): Command =>
  command
    .option('--prune', 'remove droplets of the cluster that the file does not name')
    .option('--replace <pattern...>', 'recreate these nodes')
    .option('--force', 'take nodes out of other swarms');

export function declareUp(program: Command, start: Start): void {
  examples(
    removing(add(program, 'plan', 'what up would do to the cluster in .belt.yaml, with the price')).action(
      (options, command) =>
        start(command, async (context) => (await import('../commands/plan.ts')).plan(context, options)),
    ),
    [
      ['belt plan', 'exit code 0: nothing to do, 4: changes or differences'],
      ['belt plan --json', 'for programs'],
    ],
  );
  examples(
    removing(add(program, 'up', 'make the cluster what .belt.yaml says'))
      .option('-y, --yes', 'do not ask')
      .option('--rollback', 'remove what a run that failed made')
      .option('--dry-run', 'the same as belt plan')
      .option('--timeout <seconds>', 'give up on a node that has not joined by then', positive, 600)
      .option('--concurrency <n>', 'create requests side by side', positive, 5)
      .action((options, command) =>
        start(command, async (context) => (await import('../commands/up.ts')).up(context, options)),
      ),
    [
      ['belt up', 'shows the plan and asks'],
      ['belt up --yes', 'again after anything: what is done stays done'],
      ['belt up --prune', 'after nodes were taken out of the file'],
      ['belt up --replace node3', 'a droplet that died'],
      ['belt up --yes --json', 'for programs: an event a line, the last is end'],
    ],
  );
  examples(
    add(program, 'down', 'remove the cluster: its droplets, firewall and VPC')
      .option('-y, --yes', 'do not ask for the cluster’s name')
      .option('--force', 'also where machines of others would be left in a swarm without managers')
      .option('--dry-run', 'show what would be deleted, and delete nothing')
      .action((options, command) =>
        start(command, async (context) => (await import('../commands/down.ts')).down(context, options)),
      ),
    [
      ['belt down', 'asks for the cluster’s name'],
      ['BELT_CLUSTER=test belt down --yes', 'another cluster, without asking'],
    ],
  );
}
