// The words of the commands that make, show and delete droplets.
import type { Command } from 'commander';
import { add, collect, examples, positive, type Start } from './shape.ts';

export function declareCreate(program: Command, start: Start): void {
  examples(
    add(program, 'create [words...]', 'make droplets and wait until each is ready')
      .usage('[options] <size> <pattern...>')
      .option('--region <slug>', 'where (region in .belt.yaml)')
      .option('--image <id|slug>', 'from what (image in .belt.yaml)')
      .option('--tag <name>', 'a tag of your own; repeatable', collect)
      .option('--user-data <file>', 'cloud-init user data of your own, added to belt’s')
      .option('--vpc <uuid>', 'the VPC (else the region’s default one)')
      .option('--ssh-key <id|fingerprint|name>', 'a key of your account; repeatable', collect)
      .option('--ipv6', 'with an IPv6 address')
      .option('--monitoring', 'with DigitalOcean’s monitoring agent')
      .option('--backups', 'with backups (costs more)')
      .option('--no-engine', 'do not install Docker where the image has none')
      .option('--missing', 'create only the names that do not exist yet')
      .option('--rollback', 'remove what a run that failed made')
      .option('--dry-run', 'check everything, show what would be created and its price, and create nothing')
      .option('--show-user-data', 'with --dry-run: print the user data that would be sent')
      .option('--no-wait', 'print the table at once, addresses empty')
      .option('--timeout <seconds>', 'give up on a node that is not ready by then', positive, 600)
      .option('--concurrency <n>', 'create requests side by side', positive, 5)
      .action((words, options, command) =>
        start(command, async (context) => (await import('../commands/create.ts')).create(context, words, options)),
      ),
    [
      ['belt create 512mb node[1:4]', 'node1 to node4'],
      ['belt create s-2vcpu-4gb web[01:10] --tag web --region fra1', 'web01 to web10, with a tag'],
      ['belt create 1gb sgp1-node[1:2] nyc1-node[1:2]', 'regions from the names'],
      ['belt create 512mb node[1:4] --missing', 'what an earlier run did not make'],
      ['belt create 512mb node1 --dry-run --show-user-data', 'what would run on it, and nothing is made'],
    ],
  );
}

export function declareDroplets(program: Command, start: Start): void {
  examples(
    add(program, 'ls [pattern...]', 'list the cluster’s droplets')
      .option('--wide', 'with region, size, private address, image and monthly price')
      .option('--all', 'every droplet of the account, belt’s or not')
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('../commands/ls.ts')).ls(context, patterns, options)),
      ),
    [
      ['belt ls', ''],
      ['belt ls node[1:4] web-* @tag:db', 'ranges, globs and selectors'],
      ['belt ls -q', 'names only'],
      ['belt ls --json', 'for programs'],
    ],
  );

  examples(
    add(program, 'ip [pattern...]', 'print the addresses of nodes, one per line')
      .option('--private', 'the address inside the VPC')
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('../commands/ip.ts')).ip(context, patterns, options)),
      ),
    [
      ['belt ip node2', ''],
      ['belt ip node[1:4] --private', 'in the order asked for'],
    ],
  );

  examples(
    add(program, 'rm <pattern...>', 'take nodes out of the swarm and delete their droplets')
      .option('-y, --yes', 'do not ask')
      .option('--any', 'also droplets that are not the cluster’s, each by its name or id')
      .option('--force', 'also where the swarm would lose its quorum, or cannot be asked')
      .option('--dry-run', 'show what would be deleted, and delete nothing')
      .option('--timeout <seconds>', 'give up on what the swarm does not let go by then', positive, 600)
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('../commands/rm.ts')).rm(context, patterns, options)),
      ),
    [
      ['belt rm node[3:4]', 'asks first'],
      ['belt rm 18511682 -y', 'by id, without asking'],
    ],
  );
}
