import { UsageError } from '../../errors.ts';
import { quoteArgv } from '../../quote.ts';
import type { Kill } from '../../ssh/forward.ts';

interface How {
  shell?: string | undefined;
  sudo?: boolean | undefined;
  env?: readonly string[] | undefined;
}

/**
 * One simple command for the node's shell, in which each argument is what the user typed, byte for byte.
 * @throws UsageError when there is no command, or two
 */
export function remoteCommand(argv: readonly string[], { shell, sudo, env = [] }: How): string {
  if (shell !== undefined && argv.length > 0) {
    throw new UsageError('--shell and a command behind -- are two commands', { hint: 'leave one of them out' });
  }
  if (shell === undefined && argv.length === 0) {
    throw new UsageError('belt exec needs a command behind --', {
      hint: 'such as: belt exec node1 -- uptime (or --shell for a line with pipes)',
    });
  }
  const wrong = env.find((variable) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(variable));
  if (wrong !== undefined) throw wrongVariable(wrong);
  return quoteArgv([
    ...(sudo ? ['sudo', '-n', '--'] : []),
    ...(env.length > 0 ? ['env', ...env] : []),
    ...(shell === undefined ? argv : ['sh', '-c', shell]),
  ]);
}

/**
 * Sends a signal to all that the command started, as Ctrl-C in a terminal does: `sh -c` alone would end and leave the programs of its
 * line behind. sshd starts every command in a process group of its own; where another server does not, the command alone gets it.
 */
export function killAll({ sudo }: Pick<How, 'sudo'>): Kill {
  return (signal, pid) => {
    const toGroup = `kill -${signal} -${pid}`;
    // What runs as root in the group takes signals from root alone, and not every sudo passes them on to more than its command.
    return [...(sudo ? [`sudo -n ${toGroup}`] : []), toGroup, `kill -${signal} ${pid}`];
  };
}

/** Without the value: it may be a secret, and errors end in logs. */
function wrongVariable(wrong: string): UsageError {
  const [name = '', ...value] = wrong.split('=');
  // Without a `=` it may be the value alone.
  if (value.length === 0) return new UsageError('--env must be KEY=value: there is no "="');
  const hint = 'a name is made of letters, digits and "_", and begins with no digit';
  return new UsageError(`--env: invalid name ${JSON.stringify(name)}`, { hint });
}
