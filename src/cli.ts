// Every command of belt, in the order of its help; cli/ has their words, options and examples. A command's own file loads
// when it runs.
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { declareUp } from './cli/cluster.ts';
import { declareClusters, declareOrphans } from './cli/clusters.ts';
import { declareCreate, declareDroplets } from './cli/droplets.ts';
import { declareFirewall } from './cli/firewall.ts';
import { declareActive, declareDocker, declareSwarm, declareTrust } from './cli/nodes.ts';
import { declareSandbox } from './cli/sandbox.ts';
import { type Action, add, examples, globalOptions, type Start, withGlobals } from './cli/shape.ts';
import { commandNamed, wordsError } from './cli/wrong-words.ts';
import type { Context, Edges } from './context.ts';

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
    throw wordsError(error, program, words);
  }
  return code;
}

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
    .configureHelp({ showGlobalOptions: false, subcommandTerm: (command) => `${command.name()} ${command.usage()}` });
  withGlobals(program)
    .option('--host <pattern>', 'nodes for `belt docker`: a name, range, glob or @selector')
    .option('--node-files', 'files in the words of `belt docker` are the node’s own');
  examples(program, [
    ['belt create 512mb node[1:4]', 'four droplets, ready to use'],
    ['belt swarm join node1 node[2:4]', 'a swarm of them'],
    ['belt docker service ls', 'docker, on the active node'],
    ['belt sandbox start', 'try all of it without an account'],
  ]);

  declareUp(program, start);
  declareClusters(program, start);
  declareCreate(program, start);
  declareDroplets(program, start);
  declareActive(program, start);
  declareDocker(program, start, given);
  declareSwarm(program, start);
  declareTrust(program, start);
  declareFirewall(program, start);
  declareOrphans(program, start);
  declareSandbox(program, start);
  declareVersion(program, start);
  return program;
}

function declareVersion(program: Command, start: Start): void {
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
}
