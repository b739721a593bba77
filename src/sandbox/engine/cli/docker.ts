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
import { checkArity } from './framework/arity.ts';
import { type Command, Failure, notSimulated } from './framework/command.ts';
import { FlagFault, parseFlags } from './framework/flags.ts';
import { takeGlobalFlags } from './framework/globals.ts';
import { helpOf, moreAbout, usageLine } from './framework/help.ts';
import type { CliProcess } from './framework/process.ts';
import { isRealCommand } from './framework/realCommands.ts';
import { groupHelp } from './framework/told.ts';

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

/** Each command by every name of it, and the name that docker tells it by there. */
const byName = new Map<string, { command: Command; path: string }>();
for (const command of commands) {
  const { path, aliases = [], also = [] } = command;
  for (const name of [path, ...aliases]) byName.set(name, { command, path });
  for (const name of also) byName.set(name, { command, path: also[0]! });
}

const SHORTHAND = 'Flag shorthand -h has been deprecated, use --help\n';

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
  if (first === undefined) {
    await process.err(groupHelp('')!);
    return 0;
  }
  if (first === 'help') return await helpAbout(words.slice(1), process);
  if (first === '-h') await process.err(SHORTHAND);
  if (first === '--help' || first === '-h') return await helpAbout([], process);
  const two = byName.get(`${first} ${second}`);
  const named = two ?? byName.get(first);
  if (named !== undefined) return await run(named, words.slice(two === undefined ? 1 : 2), { engine, process, http });
  const about = groupHelp(first);
  if (about !== undefined) return await group(first, about, words.slice(1), process);
  if (isRealCommand(first)) throw notSimulated(first);
  throw new Failure(`docker: unknown command: docker ${first}\n\nRun 'docker --help' for more information`);
}

/** A group's name without a command of it that the sandbox knows. */
async function group(name: string, about: string, words: string[], process: CliProcess): Promise<number> {
  const [second] = words;
  if (second === undefined) {
    await process.err(about);
    return 0;
  }
  if (isRealCommand(`${name} ${second}`)) throw notSimulated(`${name} ${second}`);
  const usage = `Usage:  docker ${name}`;
  const { help, shorthand } = await withUsage(name, usage, () => parseFlags({ path: name, options: [] }, words));
  if (help) {
    await process.out((shorthand ? SHORTHAND : '') + about);
    return 0;
  }
  throw new Failure(`docker: unknown command: docker ${name} ${second}\n\n${moreAbout(name, usage)}`);
}

/** `docker help node ls`. */
async function helpAbout(words: string[], process: CliProcess): Promise<number> {
  const name = words.join(' ');
  const named = byName.get(name);
  const about = named === undefined ? groupHelp(name) : helpOf(named.command, named.path);
  if (about === undefined && isRealCommand(name)) throw notSimulated(`help ${name}`);
  if (about === undefined) throw new Failure(`unknown help topic: ${name}`);
  await process.out(about);
  return 0;
}

interface Surroundings {
  engine: Engine;
  process: CliProcess;
  http: EngineHttp;
}

async function run(
  { command, path }: { command: Command; path: string },
  words: string[],
  { engine, process, http }: Surroundings,
): Promise<number> {
  return await withUsage(path, usageLine(command, path), async () => {
    const { values, args, help, shorthand } = parseFlags(command, words);
    if (help) {
      await process.out((shorthand ? SHORTHAND : '') + helpOf(command, path));
      return 0;
    }
    checkArity(command, path, args.length);
    if (!engine.up && command.withoutEngine !== true) throw new Failure(CANNOT_CONNECT);
    return await command.run({ engine, process, http, values, args });
  });
}

/** A fault in the options is followed by the usage. */
async function withUsage<T>(path: string, usage: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    throw new Failure(`${error.message}\n\n${moreAbout(path, usage)}`, 125);
  }
}
