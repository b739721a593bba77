// `kill`, `ps` and, for dockerd alone, `pkill`: the host's other commands; `systemctl` for sshd alone.
import { Failure, notPlayed } from '../../engine/failure.ts';
import type { Signal } from '../process.ts';
import type { Command } from './types.ts';

const SIGNALS: readonly Signal[] = ['HUP', 'INT', 'KILL', 'PIPE', 'QUIT', 'TERM', 'USR1', 'USR2'];

export const processes: Record<string, Command> = {
  /** `kill -INT PID`, or `-PID`: each process is a group of its own. */
  kill: ({ host, words: [, option = '', pid = '', ...more] }) => {
    const signal = SIGNALS.find((name) => `-${name}` === option);
    if (signal === undefined || more.length > 0) throw notPlayed('kill but for kill -SIGNAL PID');
    const target = host.processes.get(Math.abs(Number(pid)));
    if (target === undefined) throw new Failure(`bash: line 1: kill: (${pid}) - No such process`);
    target.kill(signal);
    return 0;
  },
  /** `pkill -STOP dockerd` freezes the engine, `pkill -CONT dockerd` lets it go on. */
  pkill: ({ host, words: [, signal, name] }) => {
    if (host.engine === undefined || name !== 'dockerd') return 1;
    if (signal === '-STOP') host.engine.freeze();
    else if (signal === '-CONT') host.engine.thaw();
    else throw notPlayed(`pkill ${signal}`);
    return 0;
  },
  /** `ps -eo args=` and `ps -eo pid,args`. */
  ps: ({ host, words }) => {
    const format = words.slice(1).join(' ');
    const all = host.processes.all();
    if (format === '-eo args=') return all.map(({ commandLine }) => `${commandLine}\n`).join('');
    if (format !== '-eo pid,args') throw notPlayed(`ps ${format}`.trim());
    return `    PID COMMAND\n${all.map(({ pid, commandLine }) => `${String(pid).padStart(7)} ${commandLine}\n`).join('')}`;
  },
  systemctl: ({ host, words: [, verb = '', unit = ''] }) => {
    if (!['reload', 'restart', 'reload-or-restart'].includes(verb)) throw notPlayed(`systemctl ${verb}`.trim());
    // As on Ubuntu and Debian.
    if (!/^ssh(\.service)?$/.test(unit)) {
      throw new Failure(`Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.`, 5);
    }
    host.reloadSshd();
    return 0;
  },
};
