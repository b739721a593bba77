// `kill`, `ps` and, for dockerd alone, `pkill`: the host's other commands.
import type { Signal } from '../process.ts';
import { refuse } from './refuse.ts';
import type { Command } from './types.ts';

const SIGNALS: readonly Signal[] = ['HUP', 'INT', 'KILL', 'PIPE', 'QUIT', 'TERM', 'USR1', 'USR2'];

/** `kill -INT PID`, or `-PID`: each process is a group of its own. */
export const kill: Command = async ({ process, host, words: [, option = '', pid = '', ...more] }) => {
  const signal = SIGNALS.find((name) => `-${name}` === option);
  if (signal === undefined || more.length > 0) return await refuse(process, 'kill but for kill -SIGNAL PID');
  const target = host.processes.get(Math.abs(Number(pid)));
  target?.kill(signal);
  if (target === undefined) await process.err(`bash: line 1: kill: (${pid}) - No such process\n`);
  return target === undefined ? 1 : 0;
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

/** `ps -eo args=` and `ps -eo pid,args`. */
export const ps: Command = async ({ process, host, words }) => {
  const format = words.slice(1).join(' ');
  if (format !== '-eo args=' && format !== '-eo pid,args') return await refuse(process, `ps ${format}`.trim());
  const lines = host.processes.all().map(({ pid, commandLine }) => [String(pid).padStart(7), commandLine]);
  const shown =
    format === '-eo args='
      ? lines.map(([, args]) => args)
      : [['    PID', 'COMMAND'], ...lines].map((line) => line.join(' '));
  await process.out(shown.map((line) => `${line}\n`).join(''));
  return 0;
};
