// A remote command that behaves as if it ran here: stdin, stdout, stderr, the terminal, signals and the exit code.
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type ssh2 from 'ssh2';
import type { Connection, RemoteCommand } from './connection.ts';
import { type PidAndRest, pipeOut, takePid } from './pid.ts';
import { withoutReturns } from './returns.ts';

export type TerminalIn = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type TerminalOut = Writable & { isTTY?: boolean; columns?: number; rows?: number };

/** A terminal on the host for the command. */
export interface Pty {
  /** `TERM` */
  term: string;
  /**
   * Makes the local terminal raw, so that every key reaches the one on the host, and calls back when keys can be read; returns
   * a function that undoes it. Without it the command only writes, and the local terminal is left alone.
   */
  enterRaw?: (onKeys: () => void) => () => void;
}

export interface ForwardOptions {
  /** undefined: the command gets no input, and nothing is read locally. */
  stdin: TerminalIn | undefined;
  stdout: TerminalOut;
  /** A command with a terminal writes everything to stdout. */
  stderr: TerminalOut;
  /** undefined: the command runs in pipes. */
  pty: Pty | undefined;
  /** Registers a handler for signals to belt; returns a function that removes it. */
  onSignal: (handler: (signal: NodeJS.Signals) => void) => () => void;
  /** Whom on the host a signal reaches. */
  kill?: Kill | undefined;
}

/** The command lines that send a signal (`TERM`) to a command, by its process id: tried in turn until one succeeds. */
export type Kill = (
  signal: string,
  pid: number,
  connection: Connection,
) => readonly string[] | Promise<readonly string[]>;

const killProcess: Kill = (signal, pid) => [`kill -${signal} ${pid}`];

/** How long a signal may take to the host before a second Ctrl-C ends this side. */
const SENT_MS = 1_000;

/** 128 + SIGPIPE, as a shell reports it. */
const READER_GONE = 141;

/**
 * Runs a command and returns its exit code. `command` must be one simple command: it is started with `exec`.
 * @throws SshError when the connection is lost
 */
export async function forward(connection: Connection, command: string, options: ForwardOptions): Promise<number> {
  const signals = new Signals(connection, { hangsUp: options.pty !== undefined, kill: options.kill ?? killProcess });
  const forget = options.onSignal(signals.send);
  const { pty, stderr } = options;
  // sshd delivers no signal to root's commands, and a command without a pty outlives its connection. So the shell says
  // which process it becomes, and a signal is sent to it by a separate command.
  const line = pty ? `echo $$; exec ${command}` : `echo $$ >&2; exec ${command}`;
  try {
    return await run(connection, line, options, (channel, screen) => {
      const told = pty ? takePid(channel, screen) : takePid(channel.stderr, stderr);
      signals.began(channel, told.pid);
      return told;
    });
  } catch (error) {
    if (signals.readerGone) return READER_GONE;
    if (signals.cutBy) return 128 + constants.signals[signals.cutBy];
    throw error;
  } finally {
    forget();
  }
}

/**
 * Has the host's shell read a line, or the user log in where there is none, as ssh(1) does: a signal ends this side alone.
 * Returns the exit code.
 * @throws SshError when the connection is lost
 */
export async function forwardLine(
  connection: Connection,
  line: string | undefined,
  options: ForwardOptions,
): Promise<number> {
  const { pty, stderr } = options;
  let endedBy: NodeJS.Signals | undefined;
  const forget = options.onSignal((signal) => {
    endedBy = signal;
    connection.destroy();
  });
  try {
    return await run(connection, line, options, (channel, screen) => ({
      pid: Promise.resolve(undefined),
      drained: pty ? pipeOut(channel, screen) : pipeOut(channel.stderr, stderr),
    }));
  } catch (error) {
    if (endedBy) return 128 + constants.signals[endedBy];
    throw error;
  } finally {
    forget();
  }
}

async function run(
  connection: Connection,
  line: string | undefined,
  options: ForwardOptions,
  began: (channel: RemoteCommand['channel'], screen: Writable) => PidAndRest,
): Promise<number> {
  const { stdin, stdout, pty } = options;
  const { channel, ended } = await connection.exec(line, pty ? { pty: ptyRequest(pty, options) } : {});
  channel.on('error', () => {});
  // A terminal that is not raw ends lines by itself.
  const screen = pty && !pty.enterRaw ? withoutReturns(stdout) : stdout;
  const told = began(channel, screen);
  const stdoutDrained = pty ? undefined : pipeOut(channel, stdout);
  // Anything typed earlier would be echoed into the line with the process id.
  const onKeys = () => void told.pid.then(() => channel.writable && stdin?.pipe(channel));
  const leave = pty ? inTerminal(channel, pty, { ...options, onKeys }) : undefined;
  // A terminal has no end of input; a pipe without one would be waited for.
  if (!pty && stdin) stdin.pipe(channel);
  else if (!pty) channel.end();
  try {
    const code = await ended;
    await Promise.all([stdoutDrained, told.drained]);
    if (screen !== stdout) await new Promise<void>((done) => screen.end(done));
    return code;
  } finally {
    stdin?.unpipe(channel);
    leave?.();
    stdin?.pause();
  }
}

/** Makes this terminal raw and keeps the remote one's size in sync; returns a function that stops it. */
function inTerminal(
  channel: ssh2.ClientChannel,
  { enterRaw }: Pty,
  options: ForwardOptions & { onKeys: () => void },
): () => void {
  const screen = screenOf(options);
  const resize = () => {
    const { rows, cols } = sizeOf(screen);
    channel.setWindow(rows, cols, 0, 0);
  };
  screen.on('resize', resize);
  const leaveRaw = enterRaw?.(options.onKeys);
  return () => {
    screen.off('resize', resize);
    leaveRaw?.();
  };
}

function ptyRequest({ term, enterRaw }: Pty, options: ForwardOptions): ssh2.PseudoTtyOptions {
  // A file or a pipe gets what docker writes, and no keys.
  const modes = enterRaw && options.stdout.isTTY !== true ? { ECHO: 0, ONLCR: 0 } : {};
  return { term, ...sizeOf(screenOf(options)), modes } as unknown as ssh2.PseudoTtyOptions;
}

const screenOf = ({ stdout, stderr }: ForwardOptions): TerminalOut => (stdout.isTTY || !stderr.isTTY ? stdout : stderr);
const sizeOf = ({ rows = 24, columns = 80 }: TerminalOut) => ({ rows, cols: columns });

async function firstToSucceed(connection: Connection, lines: ReturnType<Kill>): Promise<void> {
  for (const line of await lines) if ((await connection.run(line)).code === 0) return;
}

/** Forwards signals to the process on the host, in order, as soon as its id is known. */
class Signals {
  /** Nobody reads the command's output any more. */
  readerGone = false;
  /** The signal that closed the channel, since an earlier one did not get through. */
  cutBy: NodeJS.Signals | undefined;
  /** Resolves the channel once the command's process id is known. */
  began!: (channel: ssh2.ClientChannel, pid: Promise<number | undefined>) => void;
  #last: Promise<void>;
  #channel: ssh2.ClientChannel | undefined;
  /** Since when a signal is on its way, in ms. */
  #sendingSince: number | undefined;
  readonly #deliver: (signal: NodeJS.Signals) => Promise<void>;

  /** `hangsUp`: the process has a terminal, whose end it notices. */
  constructor(connection: Connection, { hangsUp, kill }: { hangsUp: boolean; kill: Kill }) {
    const started = new Promise<[ssh2.ClientChannel, number | undefined]>((resolve) => {
      this.began = (channel, pid) => {
        this.#channel = channel;
        void pid.then((process) => resolve([channel, process]));
      };
    });
    this.#last = started.then(() => {});
    this.#deliver = async (signal) => {
      const [channel, process] = await started;
      // `belt docker logs -f | head`: nobody reads any more, and what runs there may never write again.
      const name = this.readerGone ? 'TERM' : signal.replace(/^SIG/, '');
      if (process !== undefined) await firstToSucceed(connection, kill(name, process, connection)).catch(() => {});
      // Without a process id, and when this terminal is gone, hanging up is all that can be done.
      if (process === undefined || this.readerGone || (hangsUp && signal === 'SIGHUP')) channel.close();
    };
  }

  readonly send = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGPIPE') this.readerGone = true;
    const now = performance.now();
    if (signal === 'SIGINT' && now - (this.#sendingSince ?? now) > SENT_MS && this.#channel) {
      this.cutBy = signal;
      return this.#channel.close();
    }
    this.#sendingSince ??= now;
    const mine = this.#last.then(() => this.#deliver(signal));
    this.#last = mine;
    void mine.finally(() => {
      if (this.#last === mine) this.#sendingSince = undefined;
    });
  };
}
