// The docker command line of simulated hosts: finds the command in the table, and turns faults into texts and exit codes.
import { EngineError } from '../errors.ts';
import { ENGINE } from '../version.ts';
import { type Command, Failure, notPlayed, read, type Surroundings } from './command.ts';
import { CANNOT_CONNECT } from './commands/system.ts';
import { COMMANDS } from './table.ts';

/** Runs `docker` with these words and returns its exit code. */
export async function docker(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { engine, process } = surroundings;
  try {
    if (words[0] === '--version' || words[0] === '-v') {
      await process.out(`Docker version ${ENGINE.version}, build ${ENGINE.clientCommit}\n`);
      return 0;
    }
    const command = find(words);
    const given = read(command, words.slice(command.name.split(' ').length));
    if (!engine.up && command.name !== 'version') throw new Failure(CANNOT_CONNECT);
    await process.out(await command.run({ ...surroundings, ...given, name: command.name }));
    return 0;
  } catch (error) {
    const isDaemons = error instanceof EngineError;
    if (!isDaemons && !(error instanceof Failure)) throw error;
    await process.err(`${isDaemons ? 'Error response from daemon: ' : ''}${error.message.trim()}\n`);
    return isDaemons ? 1 : error.exitCode;
  }
}

function find(words: readonly string[]): Command {
  const [first = '', second = ''] = words;
  const found = COMMANDS.find(({ name }) => name === first || name === `${first} ${second}`);
  if (found !== undefined) return found;
  const isGroup = COMMANDS.some(({ name }) => name.startsWith(`${first} `));
  const named = (isGroup ? `${first} ${second}` : first).replace(/=.*/s, '').trim();
  throw notPlayed(named || 'without a command');
}
