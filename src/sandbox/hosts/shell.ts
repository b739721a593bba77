// Runs the command line that a client sent, the way root's shell would.
import { docker } from '../engine/cli/docker.ts';
import { Failure, notPlayed } from '../engine/failure.ts';
import { basics } from './commands/basics.ts';
import { cloudInit } from './commands/cloudInit.ts';
import { digestCommand } from './commands/digests.ts';
import { files } from './commands/files.ts';
import { processes } from './commands/processes.ts';
import { sshKeygen } from './commands/sshKeygen.ts';
import { test } from './commands/test.ts';
import type { Command, Running } from './commands/types.ts';
import type { Exit } from './process.ts';
import { splitWords } from './split.ts';

/** The socket is root's and the group docker's. */
const DENIED =
  'permission denied while trying to connect to the Docker daemon socket: dial unix /var/run/docker.sock: connect: permission denied';

const dockerCommand: Command = async ({ process, host, user, words: [, ...words] }) => {
  const { engine, http } = host;
  if (engine === undefined) return 127;
  // The client alone says its version.
  if (words[0] !== '--version') {
    if (user !== 'root') throw new Failure(DENIED);
    await engine.frozen;
  }
  return await docker(words, { engine, process, http });
};

const commands: Record<string, Command> = {
  ...basics,
  ...files,
  ...processes,
  'cloud-init': cloudInit,
  docker: dockerCommand,
  'ssh-keygen': sshKeygen,
  test,
  '[': test,
};

/** The line without belt's `echo $$ >&2; exec ` (on a terminal `echo $$; exec `), where the pid is to be told first, and whether there was an `exec`. */
function unwrap(line: string): { line: string; tellsPid: 'out' | 'err' | undefined; executes: boolean } {
  const told = /^\s*echo \$\$( >&2)?;\s*(.*)$/s.exec(line);
  const rest = told?.[2] ?? line;
  const bare = rest.replace(/^\s*exec\s+/, '');
  return { line: bare, tellsPid: told === null ? undefined : told[1] ? 'err' : 'out', executes: bare !== rest };
}

/** Runs one command line to its end. What is not supported is refused in the sandbox's own name: a shell would say that it is not there. */
export async function runLine(running: Omit<Running, 'words'>, commandLine: string): Promise<Exit> {
  const { process } = running;
  try {
    return await run(running, commandLine);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.message !== '') await process.err(`${error.message}\n`);
    return { code: error.exitCode };
  }
}

async function run(running: Omit<Running, 'words'>, commandLine: string): Promise<Exit> {
  const { process, host } = running;
  const { line, tellsPid, executes } = unwrap(commandLine);
  const digest = digestCommand(line);
  if (digest) return await untilKilled({ ...running, words: [] }, digest, 'sha256sum');
  const words = splitWords(line);
  if (tellsPid) await process[tellsPid](`${process.pid}\n`);
  const [name] = words;
  if (name === undefined) return { code: 0 };
  const plain = name.replace(/^\/(usr\/)?s?bin\//, '');
  const command = Object.hasOwn(commands, plain) ? commands[plain] : undefined;
  if (command === undefined) throw notPlayed(name);
  if (command === dockerCommand && host.engine === undefined) {
    throw new Failure(`bash: line 1: ${executes ? 'exec: docker: not found' : 'docker: command not found'}`, 127);
  }
  return await untilKilled({ ...running, words }, command, name);
}

async function untilKilled(running: Running, command: Command, name: string): Promise<Exit> {
  const { process } = running;
  const killed = new Promise<Exit>((resolve) => {
    const end = () => resolve(endedBy(process.killedBy ?? 'KILL', name));
    if (process.killed.aborted) end();
    else process.killed.addEventListener('abort', end, { once: true });
  });
  return await Promise.race([ending(running, command), killed]);
}

async function ending(running: Running, command: Command): Promise<Exit> {
  const result = await command(running);
  if (typeof result === 'number') return { code: result };
  await running.process.out(result);
  return { code: 0 };
}

/** `docker` catches INT and TERM and exits by itself; the others die of them. */
function endedBy(signal: NonNullable<Running['process']['killedBy']>, name: string): Exit {
  if (name === 'docker' && signal === 'INT') return { code: 130 };
  if (name === 'docker' && signal === 'TERM') return { code: 143 };
  return { signal };
}
