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
  const words = shell === undefined ? argv : ['sh', '-c', shell];
  if (sudo) return quoteArgv(asRoot(words, env));
  return quoteArgv(env.length > 0 ? ['env', ...env, ...ofEnv(words)] : words);
}

/** What env, which takes every word with a "=" in front for a variable, runs as the command. */
const ofEnv = (words: readonly string[]): readonly string[] =>
  words[0]?.includes('=') ? ['sh', '-c', 'exec "$@"', 'sh', ...words] : words;

/**
 * A name whose value sudo keeps by default (sudoers(5), env_check: LC_*), as long as there is no "/" and no "%" in it. What it is asked to
 * keep besides, by --preserve-env=LIST, it writes to the log with the values.
 */
const kept = (name: string) => `LC_BELT_${name}`;

/** As `printf %b` reads it. Behind a dot, since sudo drops values that look like functions of a shell: "() …". */
const encoded = (value: string) =>
  `.${[...Buffer.from(value)].map((byte) => (PLAIN.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : octal(byte))).join('')}`;
const PLAIN = /[ -~](?<![/%\\])/;
const octal = (byte: number) => `\\0${byte.toString(8).padStart(3, '0')}`;

/** sudo writes the command that it runs to the host's log, and has it in its arguments as long as that runs: no value may stand there. */
function asRoot(words: readonly string[], env: readonly string[]): string[] {
  const values = new Map(
    env.map((variable) => [variable.split('=', 1)[0]!, variable.slice(variable.indexOf('=') + 1)]),
  );
  if (values.size === 0) return ['sudo', '-n', '--', ...words];
  const given = [...values].map(([name, value]) => `${kept(name)}=${encoded(value)}`);
  const taken = [...values.keys()].map((name) => {
    const from = `\${${kept(name)}?sudo did not pass it on}`;
    // The dot behind it keeps newlines at its end.
    return `${name}=$(printf %b. "${from}") || exit; ${name}=\${${name}#.}; ${name}=\${${name}%.}; export ${name}; unset ${kept(name)}; `;
  });
  return ['env', ...given, 'sudo', '-n', '--', 'sh', '-c', `${taken.join('')}exec "$@"`, 'sh', ...words];
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
