// Runs the command line that a client sent, the way root's shell would.
import { basics } from './commands/basics.ts';
import { cloudInit } from './commands/cloudInit.ts';
import { digestCommand } from './commands/digests.ts';
import { dockerCommand } from './commands/docker.ts';
import { files } from './commands/files.ts';
import { kill, pkill, ps } from './commands/processes.ts';
import { reads } from './commands/reads.ts';
import { refuse } from './commands/refuse.ts';
import { sshKeygen } from './commands/sshKeygen.ts';
import { systemctl } from './commands/systemctl.ts';
import { test } from './commands/test.ts';
import type { Command, Running } from './commands/types.ts';
import type { Exit } from './process.ts';
import { splitWords } from './split.ts';

const commands: Record<string, Command> = {
  ...basics,
  ...reads,
  ...files,
  kill,
  pkill,
  ps,
  'cloud-init': cloudInit,
  docker: dockerCommand,
  'ssh-keygen': sshKeygen,
  systemctl,
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
  const { process, host } = running;
  const { line, tellsPid, executes } = unwrap(commandLine);
  const digest = digestCommand(line);
  if (digest) return await untilKilled({ ...running, words: [] }, digest, 'sha256sum');
  let words: string[];
  try {
    words = splitWords(line);
  } catch {
    return { code: await refuse(process, 'more than a single command') };
  }
  if (tellsPid) await process[tellsPid](`${process.pid}\n`);
  const [name] = words;
  if (name === undefined) return { code: 0 };
  const plain = name.replace(/^\/(usr\/)?s?bin\//, '');
  const command = Object.hasOwn(commands, plain) ? commands[plain] : undefined;
  if (command === undefined) return { code: await refuse(process, name) };
  if (command === dockerCommand && host.engine === undefined) {
    await process.err(`bash: line 1: ${executes ? 'exec: docker: not found' : 'docker: command not found'}\n`);
    return { code: 127 };
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
  const ended = Promise.resolve(command(running)).then((code): Exit => ({ code }));
  return await Promise.race([ended, killed]);
}

/** `docker` catches INT and TERM and exits by itself; the others die of them. */
function endedBy(signal: NonNullable<Running['process']['killedBy']>, name: string): Exit {
  if (name === 'docker' && signal === 'INT') return { code: 130 };
  if (name === 'docker' && signal === 'TERM') return { code: 143 };
  return { signal };
}
