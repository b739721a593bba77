// The pages of `belt help`. The build renders them all, so that printing one takes no parser and no command's file.
import { Help } from 'commander';
import { COMMANDS, GROUPS, SECTIONS } from '../commands/index.ts';
import { below, isCommand } from './find.ts';
import { GLOBALS } from './globals.ts';
import { addCommand, addGroup, belt, COLUMNS, exampleText } from './parser.ts';

const VARIABLES = [
  ['DIGITALOCEAN_ACCESS_TOKEN', 'your account’s token'],
  ['BELT_CLUSTER', 'the cluster that commands act on'],
  ['BELT_STATE_DIR', 'where belt keeps its state, instead of ~/.local/state/belt'],
  ['NO_COLOR, FORCE_COLOR', 'never, always in colour'],
] as const;

const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'failed'],
  ['2', 'usage error'],
  ['3', 'some nodes or services failed, the others are done'],
  ['4', 'plan, deploy --plan, stack diff: changes to make; up: differences left; orphans: some found'],
  ['130', 'interrupted'],
  ['255', 'docker, exec, ssh: the node could not be reached; else the remote exit code'],
] as const;

const BY_NAME = [
  ["belt create 512mb 'node[1:4]'", 'four droplets, ready to use'],
  ["belt swarm join node1 'node[2:4]'", 'a swarm of them'],
  ['belt docker service ls', 'docker, on the active node'],
] as const;

const EXAMPLES = [...BY_NAME, ['belt sandbox start', 'try all of it without an account']] as const;

const FROM_A_FILE = ['init', 'plan', 'up', 'deploy', 'down'];

const WHAT_IT_IS = 'Docker Swarm on DigitalOcean: names to droplets to a swarm, over SSH.';

/** Where the build keeps what `belt` alone prints: no words of a command. */
export const FIRST = ' ';

/** The help of a command, of a group, or of belt itself for no names. */
export const page = async (names: readonly string[]): Promise<string> =>
  names.length === 0 ? await beltPage() : await commandPage(names);

/** Every page, by the words after `belt help`. */
export async function pages(): Promise<Record<string, string>> {
  const all = ['', ...Object.keys(GROUPS), ...Object.keys(COMMANDS)];
  const texts = await Promise.all(all.map((words) => page(words.split(' ').filter(Boolean))));
  return { ...Object.fromEntries(all.map((words, n) => [words, texts[n]!])), [FIRST]: await firstPage() };
}

/** What `belt` alone prints: enough to begin with. */
export async function firstPage(): Promise<string> {
  const fromFile = await Promise.all(
    FROM_A_FILE.map(async (name) => [`belt ${name}`, (await summaryOf(name))[1]] as const),
  );
  return [
    WHAT_IT_IS,
    listing('A cluster from a file', fromFile),
    listing('Or droplets by name, and a swarm of them', BY_NAME),
    listing('More', [
      ['belt sandbox start', 'try all of it without an account'],
      ['belt help', 'all commands, options and exit codes'],
      ['belt help up', 'one command, with examples'],
    ]),
  ]
    .join('\n\n')
    .concat('\n');
}

async function commandPage(names: readonly string[]): Promise<string> {
  let at = belt({});
  for (const [n, name] of names.entries()) {
    const words = names.slice(0, n + 1);
    at = isCommand(words) ? addCommand(at, name, await load(words)) : addGroup(at, name, GROUPS[words.join(' ')]!);
  }
  if (!isCommand(names)) {
    for (const name of below(names)) {
      const words = [...names, name];
      if (isCommand(words)) addCommand(at, name, await load(words));
      else addGroup(at, name, GROUPS[words.join(' ')]!);
    }
  }
  let text = '';
  at.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS });
  at.outputHelp();
  return text;
}

async function beltPage(): Promise<string> {
  const sections = await Promise.all(
    Object.entries(SECTIONS).map(async ([title, commands]) => {
      const names = [...new Set(Object.keys(commands).map((words) => words.split(' ')[0]!))];
      return [title, await Promise.all(names.map((name) => summaryOf(name)))] as const;
    }),
  );
  const help = ['help [command]', 'show help for a command, with examples'] as const;
  const options = GLOBALS.map(({ flags, summary }) => [flags, summary] as const);
  return [
    WHAT_IT_IS,
    'Usage: belt [options] <command>',
    ...sections.map(([title, rows]) => listing(title, title === 'belt' ? [...rows, help] : rows)),
    listing('Options of every command', [...options, ['-V, --version', 'print the version (alone)']]),
    listing('Environment variables', VARIABLES),
    listing('Exit codes', EXIT_CODES),
    `${exampleText(EXAMPLES)}\n`,
  ].join('\n\n');
}

/** The commands of a group, a line each with what it does: for an error that cannot know which was meant. */
export async function groupLines(names: readonly string[]): Promise<string[]> {
  const rows = await Promise.all(below(names).map((name) => summaryOf(name, names)));
  return rowsOf(rows).flatMap((row) => row.split('\n'));
}

/** A command or group with what it does. */
async function summaryOf(name: string, above: readonly string[] = []): Promise<readonly [string, string]> {
  const group = GROUPS[[...above, name].join(' ')];
  if (group) return [name, group.summary];
  return [name, (await load([...above, name])).summary];
}

const load = async (names: readonly string[]) => (await COMMANDS[names.join(' ')]!()).default;

const listing = (title: string, rows: readonly (readonly [string, string])[]): string =>
  [`${title}:`, ...rowsOf(rows)].join('\n');

function rowsOf(rows: readonly (readonly [string, string])[]): string[] {
  const help = new Help();
  help.prepareContext({ helpWidth: COLUMNS });
  const width = Math.max(...rows.map(([term]) => term.length));
  return rows.map(([term, what]) => help.formatItem(term, width, what, help));
}
