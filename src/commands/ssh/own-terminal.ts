// `belt ssh` where no OpenSSH is installed: a shell, or a command, over belt's own connection.
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import type { Node } from '../../model/node.ts';
import { enterRaw } from '../../output/raw.ts';
import { forwardLine, type Pty } from '../../ssh/forward.ts';
import type { SshOption } from '../../ssh/openssh/words.ts';

/** What belt can do of ssh's options, or may leave undone. */
const PLAYED = 'tTnq';

/** Returns the remote exit code. @throws UsageError for an option that only OpenSSH has */
export async function ownTerminal(
  context: Context,
  node: Node,
  { options, command }: { options: readonly SshOption[]; command: readonly string[] },
): Promise<number> {
  const { sshUser } = await context.settings();
  const isOwnLogin = ({ letter, value }: SshOption) => letter === 'l' && value === sshUser;
  const other = options.find((option) => !PLAYED.includes(option.letter) && !isOwnLogin(option));
  if (other) {
    throw new UsageError(`-${other.letter} needs OpenSSH's ssh, which was not found here`, {
      hint: 'install it (on Debian and Ubuntu: apt-get install openssh-client), or leave the option out',
    });
  }
  const given = (letter: string) => options.filter((option) => option.letter === letter).length;
  const { stdout, stderr, interrupts, stdinIsTerminal } = context;
  const line = command.length === 0 ? undefined : command.join(' ');
  // As ssh(1): -t where this is a terminal, -tt also where it is none.
  const wantsPty = given('T') === 0 && (line === undefined || given('t') > 0);
  const pty = wantsPty && (stdinIsTerminal || given('t') > 1) ? ptyOf(context) : undefined;
  const stdin = given('n') > 0 ? undefined : context.stdin;
  const connection = await (await context.fleet()).connect(node);
  try {
    return await forwardLine(connection, line, { stdin, stdout, stderr, pty, onSignal: interrupts.forward });
  } finally {
    connection.end();
  }
}

function ptyOf(context: Context): Pty {
  const term = context.env['TERM'] ?? 'xterm';
  const passOutput = context.stdout.isTTY === true;
  if (!context.stdinIsTerminal) return { term };
  return { term, enterRaw: (onKeys) => enterRaw(context.stdin, { passOutput, onKeys }) };
}
