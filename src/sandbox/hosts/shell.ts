// Runs the command line that a client sent, the way root's shell would.

import { basics } from './commands/basics.ts';
import { cloudInit } from './commands/cloudInit.ts';
import { dockerCommand } from './commands/docker.ts';
import { kill, ps } from './commands/processes.ts';
import { reads } from './commands/reads.ts';
import type { Command, Running } from './commands/types.ts';
import type { Exit } from './process.ts';
import { splitWords } from './words.ts';

const commands: Record<string, Command> = {
  ...basics,
  ...reads,
  kill,
  ps,
  'cloud-init': cloudInit,
  docker: dockerCommand,
};

/** The line without belt's `echo $$ >&2; exec `, and whether the pid is to be told first. */
export function unwrap(line: string): { line: string; tellsPid: boolean } {
  const told = /^\s*echo \$\$ >&2;\s*(.*)$/s.exec(line);
  const rest = told?.[1] ?? line;
  return { line: rest.replace(/^\s*exec\s+/, ''), tellsPid: told !== null };
}

/** Runs one command line to its end. */
export async function runLine(running: Omit<Running, 'words'>, commandLine: string): Promise<Exit> {
  const { process } = running;
  const { line, tellsPid } = unwrap(commandLine);
  let words: string[];
  try {
    words = splitWords(line);
  } catch {
    await process.err("sh: this sandbox's hosts run single commands only\n");
    return { code: 127 };
  }
  if (tellsPid) await process.err(`${process.pid}\n`);
  const [name] = words;
  if (name === undefined) return { code: 0 };
  const command = Object.hasOwn(commands, name.replace(/^\/(usr\/)?s?bin\//, ''))
    ? commands[name.replace(/^\/(usr\/)?s?bin\//, '')]
    : undefined;
  if (command === undefined) {
    await process.err(
      `bash: line 1: ${name}: ${name.includes('/') ? 'No such file or directory' : 'command not found'}\n`,
    );
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
