import { UsageError } from '../../errors.ts';
import { quoteArgv } from '../../quote.ts';

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
  if (wrong !== undefined) throw new UsageError(`--env must be KEY=value, not ${JSON.stringify(wrong)}`);
  return quoteArgv([
    ...(sudo ? ['sudo', '-n', '--'] : []),
    ...(env.length > 0 ? ['env', ...env] : []),
    ...(shell === undefined ? argv : ['sh', '-c', shell]),
  ]);
}
