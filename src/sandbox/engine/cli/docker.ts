// The docker command line: finds the command, reads its words, turns faults into docker's texts and exit codes.

import type { EngineHttp } from '../api/http.ts';
import { EngineError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { ENGINE } from '../version.ts';
import { info } from './commands/info.ts';
import { localCommands } from './commands/local.ts';
import { nodeCommands } from './commands/node.ts';
import { serviceCommands } from './commands/service.ts';
import { serviceListCommands } from './commands/serviceList.ts';
import { streamCommands } from './commands/streams.ts';
import { swarmCommands } from './commands/swarm.ts';
import { taskCommands } from './commands/tasks.ts';
import { transferCommands } from './commands/transfer.ts';
import { CANNOT_CONNECT, version } from './commands/version.ts';
import { type Command, Failure } from './framework/command.ts';
import { FlagFault, parseFlags } from './framework/flags.ts';
import { takeGlobalFlags } from './framework/globals.ts';
import { groupHelp, helpOf, usageLine } from './framework/help.ts';
import type { CliProcess } from './framework/process.ts';
import { isRealCommand } from './framework/realCommands.ts';

const commands: Command[] = [
  version,
  info,
  ...swarmCommands,
  ...nodeCommands,
  ...serviceListCommands,
  ...serviceCommands,
  ...taskCommands,
  ...localCommands,
  ...transferCommands,
  ...streamCommands,
];

const byPath = new Map(
  commands.flatMap((command) => [command.path, ...(command.aliases ?? [])].map((path) => [path, command])),
);
const groups = new Set([...byPath.keys()].filter((path) => path.includes(' ')).map((path) => path.split(' ')[0]!));

/** Runs `docker` with these words and returns its exit code. */
export async function docker(engine: Engine, argv: string[], process: CliProcess, http: EngineHttp): Promise<number> {
  try {
    const words = takeGlobalFlags(argv);
    if (words === 'version') {
      await process.out(`Docker version ${ENGINE.version}, build ${ENGINE.clientCommit}\n`);
      return 0;
    }
    return await dispatch(engine, words, process, http);
  } catch (error) {
    if (error instanceof Failure) {
      await process.err(`${error.message}\n`);
      return error.exitCode;
    }
    if (!(error instanceof EngineError)) throw error;
    await process.err(`Error response from daemon: ${error.message.trim()}\n`);
    return 1;
  }
}

async function dispatch(engine: Engine, words: string[], process: CliProcess, http: EngineHttp): Promise<number> {
  const [first, second] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    await process.out(groupHelp('', commands));
    return 0;
  }
  const two = second === undefined ? undefined : byPath.get(`${first} ${second}`);
  const command = two ?? byPath.get(first);
  if (command !== undefined)
    return await run(command, words.slice(two === undefined ? 1 : 2), { engine, process, http });
  if (groups.has(first) && (second === undefined || second.startsWith('-'))) {
    await process.out(groupHelp(first, commands));
    return 0;
  }
  throw unknown(first, second);
}

function unknown(first: string, second: string | undefined): Failure {
  if (groups.has(first) && second !== undefined) {
    if (isRealCommand(`${first} ${second}`)) return notSimulated(`${first} ${second}`);
    return new Failure(
      `docker: unknown command: docker ${first} ${second}\n\nUsage:  docker ${first}\n\nRun 'docker ${first} --help' for more information`,
    );
  }
  if (isRealCommand(first)) return notSimulated(first);
  return new Failure(`docker: unknown command: docker ${first}\n\nRun 'docker --help' for more information`);
}

const notSimulated = (name: string): Failure => new Failure(`docker: '${name}' is not simulated by this sandbox`, 125);

interface Surroundings {
  engine: Engine;
  process: CliProcess;
  http: EngineHttp;
}

async function run(command: Command, words: string[], { engine, process, http }: Surroundings): Promise<number> {
  try {
    return await runChecked(command, words, { engine, process, http });
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    const more = `${usageLine(command)}\n\nRun 'docker ${command.path} --help' for more information`;
    throw new Failure(`${error.message}\n\n${more}`, 125);
  }
}

async function runChecked(command: Command, words: string[], { engine, process, http }: Surroundings): Promise<number> {
  const { values, args, help } = parseFlags(command, words);
  if (help) {
    await process.out(helpOf(command));
    return 0;
  }
  checkArity(command, args.length);
  if (!engine.up && command.withoutEngine !== true) throw new Failure(CANNOT_CONNECT);
  return await command.run({ engine, process, http, values, args });
}

function checkArity(command: Command, count: number): void {
  const { least, most } = command.arity;
  if (count >= least && count <= most) return;
  const arguments_ = (number: number) => `${number} argument${number === 1 ? '' : 's'}`;
  let what = `requires ${arguments_(least)}`;
  if (most === 0) what = 'accepts no arguments';
  else if (most === Number.POSITIVE_INFINITY) what = `requires at least ${arguments_(least)}`;
  else if (least < most) what = `requires at most ${arguments_(most)}`;
  const verb = most === Number.POSITIVE_INFINITY ? 'See' : 'Run';
  throw new Failure(
    `docker: 'docker ${command.path}' ${what}\n\n${usageLine(command)}\n\n${verb} 'docker ${command.path} --help' for more information`,
  );
}
