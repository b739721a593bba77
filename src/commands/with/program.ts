// The program that `belt with` runs here: its environment, its signals, its end.
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Context } from '../../context.ts';
import { OTHER_WAYS } from '../../endpoint/other-ways.ts';
import { BeltError } from '../../errors.ts';

/** The environment of a program whose Docker is at the socket. */
export function environment(
  env: Context['env'],
  { socket, node }: { socket: string; node?: string },
): Record<string, string | undefined> {
  const { DOCKER_MACHINE_NAME: _other, ...kept } = Object.fromEntries(
    Object.entries(env).filter(([name]) => !OTHER_WAYS.some((other) => other === name)),
  );
  // belt docker reads the machine's name, and prompts show it.
  return { ...kept, DOCKER_HOST: `unix://${socket}`, ...(node !== undefined && { DOCKER_MACHINE_NAME: node }) };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOTDIR: 'not a directory',
  E2BIG: 'argument list too long',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
};

/** As a shell has it, for a command that is not found or cannot be run. */
class CannotStart extends BeltError {
  override readonly exitCode: number;

  constructor(command: string, { code, message }: NodeJS.ErrnoException) {
    const isMissing = code === 'ENOENT' || command === '';
    const why = isMissing ? 'command not found' : (REASONS[code ?? ''] ?? message);
    const isDocker = isMissing && command === 'docker';
    super(
      `${command || "''"}: ${why}`,
      isDocker ? { hint: 'install it here, or use the node’s own: belt docker …' } : {},
    );
    this.exitCode = isMissing ? 127 : 126;
  }
}

/** Signals that a terminal sends to every process in front of it. */
const KEYS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** Runs it with belt's own streams. Gives its exit code, 128 + n when a signal ended it. @throws BeltError when it cannot be started */
export async function run(
  context: Context,
  [command = '', ...words]: readonly string[],
  env: Record<string, string | undefined>,
): Promise<number> {
  const { cwd, interrupts, stdout, stderr, stdinIsTerminal } = context;
  const isAtTerminal = stdinIsTerminal || stdout.isTTY === true || stderr.isTTY === true;
  const launch = await context.launch();
  context.signal.throwIfAborted();
  const child = started(() => launch(command, words, { cwd, env }), command);
  const forget = interrupts.yieldTo((signal) => {
    // At a terminal the program gets it from there.
    if (!isAtTerminal || !KEYS.has(signal)) child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => reject(new CannotStart(command, error)));
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    forget();
  }
}

/** Of some reasons Node throws at once, of others it tells by an event. */
function started(launch: () => ChildProcess, command: string): ChildProcess {
  try {
    return launch();
  } catch (error) {
    throw new CannotStart(command, error as NodeJS.ErrnoException);
  }
}
