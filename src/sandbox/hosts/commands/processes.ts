// `kill`, `ps` and, for dockerd alone, `pkill`: the host's other commands.

import type { Signal } from '../process.ts';
import { refuse } from './refuse.ts';
import type { Command } from './types.ts';

const BY_NUMBER: Record<string, Signal> = { '1': 'HUP', '2': 'INT', '3': 'QUIT', '9': 'KILL', '15': 'TERM' };

/** The signal of `-INT`, `-SIGINT`, `-2`; undefined for one this sandbox does not know. */
function signalOf(option: string): Signal | undefined {
  const name = option.slice(1).toUpperCase().replace(/^SIG/, '');
  if (Object.hasOwn(BY_NUMBER, name)) return BY_NUMBER[name];
  return (['HUP', 'INT', 'KILL', 'PIPE', 'QUIT', 'TERM', 'USR1', 'USR2'] as Signal[]).find((signal) => signal === name);
}

export const kill: Command = async ({ process, host, words }) => {
  const [first = ''] = words.slice(1);
  const named = first === '-s' ? `-${words[2]}` : first;
  const pids = words.slice(first === '-s' ? 3 : first.startsWith('-') ? 2 : 1);
  const probe = named === '-0';
  const signal = named.startsWith('-') ? signalOf(named) : 'TERM';
  if (signal === undefined && !probe) {
    await process.err(`bash: line 1: kill: ${named.slice(1)}: invalid signal specification\n`);
    return 1;
  }
  let code = 0;
  for (const pid of pids.filter((word) => word !== '--')) {
    const target = host.processes.get(Number(pid));
    if (target === undefined) {
      await process.err(`bash: line 1: kill: (${pid}) - No such process\n`);
      code = 1;
    } else if (signal !== undefined) target.kill(signal);
  }
  return code;
};

/** `pkill -STOP dockerd` freezes the engine, `pkill -CONT dockerd` lets it go on. */
export const pkill: Command = async ({ process, host, words }) => {
  const [signal, name] = words.slice(1);
  if (host.engine === undefined || name !== 'dockerd') return 1;
  if (signal === '-STOP') host.engine.freeze();
  else if (signal === '-CONT') host.engine.thaw();
  else return await refuse(process, `pkill ${signal}`);
  return 0;
};

/** `ps -eo args` and the like: only the columns pid and args are known. */
export const ps: Command = async ({ process, host, words }) => {
  const format = /-\w*o\s*([\w,=]+)/.exec(words.slice(1).join(' '))?.[1] ?? 'pid,args';
  const columns = format.split(',').map((column) => column.replace(/=$/, ''));
  const lines = host.processes.all().map(({ pid, commandLine }) => {
    const values: Record<string, string> = { pid: String(pid).padStart(7), args: commandLine, cmd: commandLine };
    return columns.map((column) => values[column] ?? '-').join(' ');
  });
  const titles: Record<string, string> = { pid: '    PID', args: 'COMMAND', cmd: 'CMD' };
  const header = columns.map((column) => titles[column] ?? column.toUpperCase()).join(' ');
  await process.out([...(format.endsWith('=') ? [] : [header]), ...lines].map((line) => `${line}\n`).join(''));
  return 0;
};
