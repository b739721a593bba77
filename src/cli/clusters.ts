// The words of the commands about many clusters: the words of the first belt.
import type { Command } from 'commander';
import { add, collect, examples, group, positive, type Start } from './shape.ts';

export function declareClusters(program: Command, start: Start): void {
  const cluster = group(program, 'cluster', 'many clusters: describe, choose, make and remove them');
  examples(cluster, [
    ["belt cluster new shop --manager 'm[1:3]' --worker 6", 'then: belt up'],
    ['belt cluster use shop', 'every command is about shop now'],
  ]);
  declareDescribing(cluster, start);
  declareLooking(cluster, start);
  declareDoing(cluster, start);
}

export function declareOrphans(program: Command, start: Start): void {
  examples(
    add(program, 'orphans', 'belt’s droplets that no cluster known here has, or that never became ready')
      .option('--swarm', 'also those that are not in the swarm of their cluster, which is asked')
      .action((options, command) =>
        start(command, async (context) => (await import('../commands/orphans.ts')).orphans(context, options)),
      ),
    [
      ['belt orphans', 'exit code 0: none, 4: some'],
      ['belt orphans --json', 'for programs'],
    ],
  );
}

function declareDescribing(cluster: Command, start: Start): void {
  examples(
    worded(add(cluster, 'new <name>', 'describe a new cluster under .belt/clusters, and choose it')).action(
      (name, options, command) =>
        start(command, async (context) =>
          (await import('../commands/cluster/new.ts')).clusterNew(context, name, options),
        ),
    ),
    [
      ["belt cluster new shop --manager 'm[1:3]' --worker 'w[1:6]'", ''],
      ['belt cluster new shop --manager 3 --worker 6', 'shop-manager1 to 3, shop-worker1 to 6'],
      ['belt cluster new shop --worker-size s-2vcpu-4gb --worker 2 --label tier=web', ''],
    ],
  );
  examples(
    worded(add(cluster, 'update [name]', 'change a description; belt up carries it out')).action(
      (name, options, command) =>
        start(command, async (context) =>
          (await import('../commands/cluster/update.ts')).clusterUpdate(context, name, options),
        ),
    ),
    [
      ['belt cluster update shop --worker 8', 'counts on from the names that there are'],
      ['belt cluster update --label tier=web', 'the chosen cluster'],
    ],
  );
  examples(
    add(cluster, 'import <name>', 'describe a cluster that somebody made elsewhere, from its droplets and its swarm')
      .option('--manager <pattern>', 'which are managers, where the swarm cannot be asked; repeatable', collect)
      .option('--force', 'overwrite an existing description')
      .action((name, options, command) =>
        start(command, async (context) =>
          (await import('../commands/cluster/import.ts')).clusterImport(context, name, options),
        ),
      ),
    [
      ['belt cluster import shop', 'asks a manager whose host key is trusted'],
      ['belt cluster import shop --manager @tag:manager', 'without the swarm'],
    ],
  );
}

function declareLooking(cluster: Command, start: Start): void {
  examples(
    add(cluster, 'ls', 'list the clusters: those described here, and those in the account').action(
      (_options, command) =>
        start(command, async (context) => (await import('../commands/cluster/ls.ts')).clusterLs(context)),
    ),
    [
      ['belt cluster ls', ''],
      ['belt cluster ls -q', 'names only'],
    ],
  );
  examples(
    add(cluster, 'use <name>', 'choose the cluster that commands are about').action((name, _options, command) =>
      start(command, async (context) => (await import('../commands/cluster/use.ts')).clusterUse(context, name)),
    ),
    [['belt cluster use shop', '']],
  );
  examples(
    add(cluster, 'show [name]', 'one cluster: its droplets, their roles, its network and what it costs').action(
      (name, _options, command) =>
        start(command, async (context) => (await import('../commands/cluster/show.ts')).clusterShow(context, name)),
    ),
    [['belt cluster show shop', '']],
  );
  examples(
    add(cluster, 'config [name]', 'print a cluster’s description, as .belt.yaml would hold it').action(
      (name, _options, command) =>
        start(command, async (context) => (await import('../commands/cluster/config.ts')).clusterConfig(context, name)),
    ),
    [['belt cluster config shop', '']],
  );
}

function declareDoing(cluster: Command, start: Start): void {
  const provision = add(cluster, 'provision [name]', 'make a cluster what its description says: belt up, by name');
  examples(
    nodes(provision)
      .option('-y, --yes', 'do not ask')
      .option('--timeout <seconds>', 'give up on a node that has not joined by then', positive, 600)
      .option('--concurrency <n>', 'create requests side by side', positive, 5)
      .action((name, options, command) =>
        start(command, async (context) =>
          (await import('../commands/cluster/provision.ts')).clusterProvision(context, name, options),
        ),
      ),
    [
      ['belt cluster provision shop', ''],
      ['belt cluster provision shop --worker 6 --worker-size 2gb', 'changes it first'],
    ],
  );
  examples(
    add(cluster, 'rm <name>', 'remove a cluster: what belt down removes, and its description')
      .option('-y, --yes', 'do not ask for the cluster’s name')
      .option('--force', 'also where machines of others would be left in a swarm without managers')
      .action((name, options, command) =>
        start(command, async (context) =>
          (await import('../commands/cluster/rm.ts')).clusterRm(context, name, options),
        ),
      ),
    [['belt cluster rm shop', 'asks for its name']],
  );
}

/** How many nodes of which size. */
const nodes = (command: Command): Command =>
  command
    .option('--manager <pattern|n>', 'the managers: names, or how many; repeatable', collect)
    .option('--manager-size <slug>', 'their size (size in .belt.yaml)')
    .option('--worker <pattern|n>', 'the workers: names, or how many; repeatable', collect)
    .option('--worker-size <slug>', 'their size (size in .belt.yaml)');

/** What a description may say by words. */
const worded = (command: Command): Command =>
  nodes(command)
    .option('--label <key=value>', 'a swarm label of the workers; repeatable', collect)
    .option('--region <slug>', 'where (region in .belt.yaml)')
    .option('--image <id|slug>', 'from what (image in .belt.yaml)')
    .option('--vpc <name>', 'a VPC by its name, made if it is missing');
