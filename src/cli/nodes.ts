// The words of the commands that work on nodes: docker, swarm, and the host keys belt knows them by.
import type { Command } from 'commander';
import { add, examples, group, positive, type Start } from './shape.ts';

export function declareActive(program: Command, start: Start): void {
  examples(
    add(program, 'active [node]', 'choose the node that `belt docker` talks to, or show it').action(
      (node, _options, command) =>
        start(command, async (context) => (await import('../commands/active.ts')).active(context, node)),
    ),
    [
      ['belt active node1', 'choose'],
      ['belt active', 'show'],
    ],
  );
}

/** `given` are the words as they were typed. */
export function declareDocker(program: Command, start: Start, given: readonly string[]): void {
  examples(
    program
      .command('docker')
      .usage('<docker’s words...>')
      .description('run docker on the active node, or on the nodes of --host')
      .helpOption(false)
      .passThroughOptions()
      .allowUnknownOption()
      .argument('[words...]')
      .exitOverride()
      .action((taken: string[], _options, command) => {
        // commander takes a leading `--` away; it is docker's.
        const words = given.at(-taken.length - 1) === '--' ? ['--', ...taken] : taken;
        return start(command, async (context) => (await import('../commands/docker.ts')).docker(context, words));
      }),
    [
      ['belt docker service ls', 'on the active node'],
      ['belt --host node[1:4] docker pull nginx', 'on four, side by side'],
      ['belt docker save app | belt --host node2 docker load', 'bytes pass through'],
    ],
  );
}

export function declareSwarm(program: Command, start: Start): void {
  const swarm = group(program, 'swarm', 'make and grow a swarm');
  examples(swarm, [['belt swarm join node1 node[2:4]', 'a swarm of four']]);
  examples(
    guarded(add(swarm, 'init [node]', 'make a node (else the active one) the first manager of a swarm'))
      // Beside long words there is little room in the list.
      .summary('start a swarm on a node')
      .action((node, options, command) =>
        start(command, async (context) =>
          (await import('../commands/swarm/init.ts')).swarmInit(context, node, options),
        ),
      ),
    [['belt swarm init node1', 'over its private address']],
  );
  examples(
    guarded(add(swarm, 'join <manager> <pattern...>', 'join nodes to the manager’s swarm, made first if there is none'))
      .summary('join nodes to its swarm, or a new one')
      .option('--manager', 'join as managers, one after another')
      .option('--force', 'take nodes out of another swarm first')
      .option('--timeout <seconds>', 'give up on a node that has not joined by then', positive, 120)
      .action((manager, patterns, options, command) =>
        start(command, async (context) =>
          (await import('../commands/swarm/join.ts')).swarmJoin(context, manager, patterns, options),
        ),
      ),
    [
      ['belt swarm join node1 node[2:4]', 'three workers'],
      ['belt swarm join node1 node[2:3] --manager', 'two more managers'],
    ],
  );
}

/** Where the nodes have no firewall, one is made that shuts the swarm's ports. */
const guarded = (command: Command): Command =>
  command.option('--no-firewall', 'make no firewall: leave the swarm’s ports as open as they are');

export function declareTrust(program: Command, start: Start): void {
  examples(
    add(program, 'trust <node>', 'pin the host key that a droplet shows now')
      .option('-y, --yes', 'do not ask')
      .action((node, options, command) =>
        start(command, async (context) => (await import('../commands/trust.ts')).trust(context, node, options)),
      ),
    [['belt trust node1', 'after comparing the fingerprint with its console']],
  );
}
