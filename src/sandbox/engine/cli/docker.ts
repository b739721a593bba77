// The docker command line of simulated hosts: finds the command in its tables, and turns the engine's errors into failures.
import { EngineError } from '../errors.ts';
import { Failure, notPlayed } from '../failure.ts';
import { ENGINE } from '../version.ts';
import { type Commands, read, type Surroundings } from './command.ts';
import { CONTAINERS } from './commands/containers.ts';
import { NODE } from './commands/node.ts';
import { SERVICE } from './commands/service.ts';
import { SWARM } from './commands/swarm.ts';
import { CANNOT_CONNECT, SYSTEM } from './commands/system.ts';

/** Those of the book's session, and what belt's tests need. */
const COMMANDS: Commands = { ...SYSTEM, ...CONTAINERS, ...SWARM, ...NODE, ...SERVICE };

/** Runs `docker` with these words and returns what it prints. @throws Failure */
export async function docker(words: readonly string[], surroundings: Surroundings): Promise<string> {
  if (words[0] === '--version' || words[0] === '-v') {
    return `Docker version ${ENGINE.version}, build ${ENGINE.clientCommit}\n`;
  }
  const found = find(words);
  const name = `docker ${found}`;
  const command = COMMANDS[found]!;
  const given = read(name, command, words.slice(found.split(' ').length));
  if (!surroundings.engine.up && found !== 'version') throw new Failure(CANNOT_CONNECT);
  const [, , run] = command;
  try {
    return await run({ ...surroundings, ...given, name });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new Failure(`Error response from daemon: ${error.message.trim()}`);
  }
}

function find(words: readonly string[]): string {
  const [first = '', second = ''] = words;
  const found = [first, `${first} ${second}`].find((name) => Object.hasOwn(COMMANDS, name));
  if (found !== undefined) return found;
  const isGroup = Object.keys(COMMANDS).some((name) => name.startsWith(`${first} `));
  const named = (isGroup ? `${first} ${second}` : first).replace(/=.*/s, '').trim();
  throw notPlayed(`docker ${named || 'without a command'}`);
}
