// Every command of belt on one page: its words, options and examples. A command's own file loads when it runs.
import { Command, CommanderError, InvalidArgumentError, Option, type OutputConfiguration } from 'commander';
import type { Context, Edges, GlobalOptions } from './context.ts';
import { UsageError } from './errors.ts';

/** What a command's file gives: the exit code, or nothing for 0. */
type Action = Promise<number | undefined> | Promise<void>;

/** Runs the words and gives the exit code. @throws BeltError */
export async function runCli(words: readonly string[], edges: Edges): Promise<number> {
  let code = 0;
  const start = async (command: Command, act: (context: Context) => Action) => {
    const { createContext } = await import('./context.ts');
    code = (await act(await createContext(edges, globalOptions(command)))) ?? 0;
  };
  const program = declare(words, start, {
    writeOut: (text) => edges.stdout.write(text),
    // commander's errors are thrown and told like all others.
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(edges.stdout.columns ?? 100, 100),
  });
  try {
    await program.parseAsync(words.length === 0 ? ['help'] : [...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw wordsError(error, words);
  }
  return code;
}

type Start = (command: Command, act: (context: Context) => Action) => Promise<void>;

function declare(given: readonly string[], start: Start, output: OutputConfiguration): Command {
  const program = new Command('belt')
    // Set before any command is added: they take it over from here.
    .configureOutput(output)
    .description('Docker Swarm on DigitalOcean: names to droplets to a swarm, over SSH.')
    .version(BELT_VERSION, '-V, --version')
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: false });
  withGlobals(program).option('--host <pattern>', 'nodes for `belt docker`: a name, range, glob or @selector');
  examples(program, [
    ['belt create 512mb node[1:4]', 'four droplets, ready to use'],
    ['belt swarm join node1 node[2:4]', 'a swarm of them'],
    ['belt docker service ls', 'docker, on the active node'],
    ['belt sandbox start', 'try all of it without an account'],
  ]);

  /** A command whose last argument is itself, as commander hands it to actions. */
  const add = (parent: Command, words: string, description: string) =>
    withGlobals(parent.command(words).description(description).exitOverride()).addHelpText(
      'after',
      '\nGlobal options (--config, --json, -q, --trace, --debug, --no-color): see belt help',
    );

  examples(
    add(program, 'create <words...>', 'make droplets and wait until each is ready')
      .usage('[options] <size> <pattern...>')
      .option('--region <slug>', 'where (region in .belt.yaml)')
      .option('--image <id|slug>', 'from what (image in .belt.yaml)')
      .option('--tag <name>', 'a tag of your own; repeatable', collect)
      .option('--user-data <file>', 'cloud-init user data, beside what belt sends')
      .option('--vpc <uuid>', 'the VPC (else the region’s default one)')
      .option('--ssh-key <id|fingerprint>', 'a key of your account; repeatable', collect)
      .option('--ipv6', 'with an IPv6 address')
      .option('--monitoring', 'with DigitalOcean’s monitoring agent')
      .option('--backups', 'with backups (costs more)')
      .option('--missing', 'make only those of the names that do not exist yet')
      .option('--no-wait', 'print the table at once, addresses empty')
      .option('--timeout <seconds>', 'give up on a node that is not ready by then', positive, 600)
      .option('--concurrency <n>', 'create requests side by side', positive, 5)
      .action((words, options, command) =>
        start(command, async (context) => (await import('./commands/create.ts')).create(context, words, options)),
      ),
    [
      ['belt create 512mb node[1:4]', 'node1 to node4'],
      ['belt create s-2vcpu-4gb web[01:10] --tag web --region fra1', 'web01 to web10, with a tag'],
      ['belt create 1gb sgp1-node[1:2] nyc1-node[1:2]', 'regions from the names'],
      ['belt create 512mb node[1:4] --missing', 'what an earlier run did not make'],
    ],
  );

  examples(
    add(program, 'ls [pattern...]', 'list the cluster’s droplets')
      .option('--wide', 'with region, size, private address, image and monthly price')
      .option('--all', 'every droplet of the account, belt’s or not')
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('./commands/ls.ts')).ls(context, patterns, options)),
      ),
    [
      ['belt ls', ''],
      ['belt ls node[1:4] web-* @tag:db', 'ranges, globs and selectors'],
      ['belt ls -q', 'names only'],
      ['belt ls --json', 'for programs'],
    ],
  );

  examples(
    add(program, 'active [node]', 'choose the node that `belt docker` talks to, or show it').action(
      (node, _options, command) =>
        start(command, async (context) => (await import('./commands/active.ts')).active(context, node)),
    ),
    [
      ['belt active node1', 'choose'],
      ['belt active', 'show'],
    ],
  );

  examples(
    add(program, 'ip [pattern...]', 'print the address of nodes, one a line')
      .option('--private', 'the address inside the VPC')
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('./commands/ip.ts')).ip(context, patterns, options)),
      ),
    [
      ['belt ip node2', ''],
      ['belt ip node[1:4] --private', 'in the order asked for'],
    ],
  );

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
        return start(command, async (context) => (await import('./commands/docker.ts')).docker(context, words));
      }),
    [
      ['belt docker service ls', 'on the active node'],
      ['belt --host node[1:4] docker pull nginx', 'on four, side by side'],
      ['belt docker save app | belt --host node2 docker load', 'bytes pass through'],
    ],
  );

  const swarm = program.command('swarm').description('make and grow a swarm').helpCommand(false).exitOverride();
  examples(swarm, [['belt swarm join node1 node[2:4]', 'a swarm of four']]);
  examples(
    add(swarm, 'init [node]', 'make a node (else the active one) the first manager of a swarm').action(
      (node, _options, command) =>
        start(command, async (context) => (await import('./commands/swarm/init.ts')).swarmInit(context, node)),
    ),
    [['belt swarm init node1', 'over its private address']],
  );
  examples(
    add(swarm, 'join <manager> <pattern...>', 'join nodes to the manager’s swarm, made first if there is none')
      .option('--manager', 'join as managers, one after another')
      .option('--force', 'take nodes out of another swarm first')
      .option('--timeout <seconds>', 'give up on a node that is not in by then', positive, 120)
      .action((manager, patterns, options, command) =>
        start(command, async (context) =>
          (await import('./commands/swarm/join.ts')).swarmJoin(context, manager, patterns, options),
        ),
      ),
    [
      ['belt swarm join node1 node[2:4]', 'three workers'],
      ['belt swarm join node1 node[2:3] --manager', 'two more managers'],
    ],
  );

  examples(
    add(program, 'rm <pattern...>', 'delete droplets')
      .option('-y, --yes', 'do not ask')
      .option('--any', 'also droplets that belt did not make')
      .action((patterns, options, command) =>
        start(command, async (context) => (await import('./commands/rm.ts')).rm(context, patterns, options)),
      ),
    [
      ['belt rm node[3:4]', 'asks first'],
      ['belt rm 18511682 -y', 'by id, without asking'],
    ],
  );

  examples(
    add(program, 'trust <node>', 'pin the host key that a droplet shows now')
      .option('-y, --yes', 'do not ask')
      .action((node, options, command) =>
        start(command, async (context) => (await import('./commands/trust.ts')).trust(context, node, options)),
      ),
    [['belt trust node1', 'after comparing the fingerprint with its console']],
  );

  declareSandbox(program, add, start);

  examples(
    add(program, 'version', 'print the version').action((_options, command) =>
      start(command, async ({ out }) => (out.json ? out.document({ version: BELT_VERSION }) : out.line(BELT_VERSION))),
    ),
    [['belt version', '']],
  );
  program
    .command('help [command...]')
    .description('show what a command takes, with examples')
    .action(async (words: string[]) => (await commandNamed(program, words)).outputHelp());
  return program;
}

/** The command that the words name. @throws UsageError when there is none */
async function commandNamed(program: Command, words: readonly string[]): Promise<Command> {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (!next) {
      const { nearest } = await import('./patterns/index.ts');
      const near = nearest(
        word,
        found.commands.map((command) => command.name()),
      );
      const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'see: belt help';
      throw new UsageError(`unknown command '${words.join(' ')}'`, { hint });
    }
    found = next;
  }
  return found;
}

type Add = (parent: Command, words: string, description: string) => Command;

function declareSandbox(program: Command, add: Add, start: Start): void {
  const sandbox = program
    .command('sandbox')
    .description('an embedded DigitalOcean to try, test and measure with')
    .helpCommand(false)
    .exitOverride();
  examples(sandbox, [['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it']]);
  const named = (words: string, description: string) =>
    add(sandbox, words, description).option('--name <name>', 'which sandbox, where several run', 'default');
  examples(
    named('start', 'start one in the background')
      .option('--boot-seconds <mean>', 'how long droplets take to become active', number, 2)
      .option('--api-latency <ms>', 'how long each API request takes', number, 20)
      .option('--seed <n>', 'the same seed gives the same times and ids', number, 1)
      .option('--fault <spec>', 'something to break, KIND[=COUNT][@WHERE]; repeatable', collect)
      .option('--droplet-limit <n>', 'how many droplets the account may have', number, 1000)
      .option('--rate-limit <minute/hour>', 'API requests a minute and an hour', '250/5000')
      .addOption(
        new Option('--droplets <n>', 'droplets that exist from the start, without hosts').argParser(number).default(0),
      )
      .addOption(
        new Option('--hosts <kind>', 'what droplets are: engine runs a real dockerd on each (Linux, root)')
          .choices(['simulated', 'engine'])
          .default('simulated'),
      )
      .action((options, command) =>
        start(command, async (context) => (await import('./commands/sandbox/start.ts')).sandboxStart(context, options)),
      ),
    [
      ['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it'],
      [
        'belt sandbox start --hosts engine',
        'droplets with a real Docker; belt sandbox doctor says whether they can run',
      ],
      ['belt sandbox start --boot-seconds 30 --api-latency 150', 'as slow as the real one'],
      ['belt sandbox start --fault errored@node3 --fault 429=20', 'with a failing droplet and a burst of 429s'],
    ],
  );
  examples(
    named('stop', 'end it and all its droplets').action((options, command) =>
      start(command, async (context) => (await import('./commands/sandbox/stop.ts')).sandboxStop(context, options)),
    ),
    [['belt sandbox stop', '']],
  );
  examples(
    add(sandbox, 'doctor', 'whether engine hosts can run here, and what is missing').action((_options, command) =>
      start(command, async (context) => (await import('./commands/sandbox/doctor.ts')).sandboxDoctor(context)),
    ),
    [['belt sandbox doctor', '']],
  );
  examples(
    add(sandbox, 'clean', 'take away what killed sandboxes left').action((_options, command) =>
      start(command, async (context) => (await import('./commands/sandbox/clean.ts')).sandboxClean(context)),
    ),
    [['belt sandbox clean', '']],
  );
  examples(
    named('status', 'its droplets, and the API requests so far').action((options, command) =>
      start(command, async (context) => (await import('./commands/sandbox/status.ts')).sandboxStatus(context, options)),
    ),
    [['belt sandbox status --json', '']],
  );
  examples(
    named('env', 'print what points belt (or doctl, Terraform …) at it')
      .option('--unset', 'print what points it back')
      .action((options, command) =>
        start(command, async (context) => (await import('./commands/sandbox/env.ts')).sandboxEnv(context, options)),
      ),
    [
      ['eval "$(belt sandbox env)"', ''],
      ['eval "$(belt sandbox env --unset)"', 'back to the real account'],
    ],
  );
}

const GLOBALS = [
  ['--config <file>', 'instead of the .belt.yaml that is found'],
  ['--json', 'results as JSON'],
  ['-q, --quiet', 'no notes; names only in lists'],
  ['--trace', 'tell each API request and SSH command, with its time'],
  ['--debug', 'tell where an error comes from'],
  ['--no-color', 'no colour'],
] as const;

/** Options that every command takes, before it or after it; `belt help` alone shows them. */
function withGlobals(command: Command): Command {
  for (const [flags, what] of GLOBALS) {
    const option = new Option(flags, what).helpGroup('Global options:');
    command.addOption(command.name() === 'belt' ? option : option.hideHelp());
  }
  return command;
}

function globalOptions(command: Command): GlobalOptions {
  const chain: GlobalOptions[] = [];
  for (let at: Command | null = command; at; at = at.parent) chain.unshift(at.opts());
  const merged: GlobalOptions = Object.assign({}, ...chain);
  return { ...merged, color: chain.every(({ color }) => color !== false) };
}

function examples(command: Command, lines: readonly (readonly [string, string])[]): Command {
  const longest = Math.max(...lines.map(([words]) => words.length));
  const text = lines.map(([words, what]) => `  ${what ? `${words.padEnd(longest)}  # ${what}` : words}`);
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
}

const collect = (value: string, earlier: string[] = []): string[] => [...earlier, value];

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  return value;
}

function positive(text: string): number {
  const value = number(text);
  if (value === 0) throw new InvalidArgumentError('It must be more than 0.');
  return value;
}

/** commander's words for wrong words, as one of belt's errors. */
function wordsError(error: CommanderError, words: readonly string[]): UsageError {
  // A group alone (`belt swarm`): commander would print its help.
  if (error.code === 'commander.help') {
    return new UsageError(`belt${helpTopic(words)} needs a command after it`, {
      hint: `see: belt help${helpTopic(words)}`,
    });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\(|\)$/g, '') ?? `see: belt help${helpTopic(words)}`;
  return new UsageError(message, { hint: hint.replace(/^Did/, 'did') });
}

/** The command that the words begin with, for `belt help …`. */
function helpTopic(words: readonly string[]): string {
  const [first] = words.filter((word) => !word.startsWith('-'));
  return first !== undefined && /^(create|ls|active|ip|docker|swarm|rm|trust|sandbox)$/.test(first) ? ` ${first}` : '';
}
