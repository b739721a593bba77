// A remote command that behaves as if it ran here: stdin, stdout, stderr, the terminal, signals and the exit code.
import type { Readable, Writable } from 'node:stream';
import type ssh2 from 'ssh2';
import type { Connection } from './connection.ts';

export type TerminalIn = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };
export type TerminalOut = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface ForwardOptions {
  /** undefined: the command gets no input. */
  stdin: TerminalIn | undefined;
  stdout: TerminalOut;
  stderr: Writable;
  /** `TERM`, where both ends are terminals: the command gets a pty. */
  terminal: string | undefined;
  /** Called when the terminal is raw: has it pass output on as it is, since the remote terminal made it ready. */
  onRaw?: () => void;
  /** Registers what a Ctrl-C (or another request to end) does; gives back how to take that away again. */
  onInterrupt: (handler: (signal: NodeJS.Signals) => void) => () => void;
}

/**
 * Runs a command and gives its exit code. `command` must be one simple command: it is started with `exec`.
 * @throws SshError when the connection is lost
 */
export function forward(connection: Connection, command: string, options: ForwardOptions): Promise<number> {
  return options.terminal === undefined
    ? inPipes(connection, command, options)
    : inTerminal(connection, command, options);
}

async function inTerminal(connection: Connection, command: string, options: ForwardOptions): Promise<number> {
  const { stdin, stdout, terminal } = options;
  const { channel, ended } = await connection.exec(command, {
    pty: { term: terminal!, cols: stdout.columns ?? 80, rows: stdout.rows ?? 24, modes: {} } as ssh2.PseudoTtyOptions,
  });
  channel.on('error', () => {});
  const resize = () => channel.setWindow(stdout.rows ?? 24, stdout.columns ?? 80, 0, 0);
  stdout.on('resize', resize);
  stdin?.setRawMode?.(true);
  options.onRaw?.();
  stdin?.pipe(channel);
  channel.pipe(stdout, { end: false });
  // Ctrl-C is a byte in a raw terminal; a signal from elsewhere hangs the pty up, which ends what runs in it.
  const forget = options.onInterrupt(() => channel.close());
  try {
    return await ended;
  } finally {
    forget();
    stdout.off('resize', resize);
    stdin?.unpipe(channel);
    stdin?.setRawMode?.(false);
    stdin?.pause();
  }
}

/** 128 + SIGPIPE, as a shell reports it. */
const READER_GONE = 141;

async function inPipes(connection: Connection, command: string, options: ForwardOptions): Promise<number> {
  // sshd delivers no signal to root's commands, and a command without a pty outlives its connection. So the shell says
  // which process it becomes, and a signal is sent to that by a command of its own.
  const { channel, ended } = await connection.exec(`echo $$ >&2; exec ${command}`);
  const { stdin, stdout, stderr } = options;
  const { pid, drained: stderrDrained } = takePid(channel.stderr, stderr);
  const send = async (signal: string) => {
    const process = await pid;
    if (process !== undefined) await connection.run(`kill -${signal} ${process}`).catch(() => {});
  };
  let readerGone = false;
  const forget = options.onInterrupt((signal) => {
    // `belt docker logs -f | head`: nobody reads any more, and what runs there may never write again.
    if (signal === 'SIGPIPE') readerGone = true;
    void send(readerGone ? 'TERM' : signal.replace(/^SIG/, '')).then(() => readerGone && channel.close());
  });
  channel.on('error', () => {});
  if (stdin) stdin.pipe(channel);
  else channel.end();
  const stdoutDrained = pipeOut(channel, stdout);
  try {
    const code = await ended.catch((error) => {
      if (readerGone) return READER_GONE;
      throw error;
    });
    await Promise.all([stdoutDrained, stderrDrained]);
    return code;
  } finally {
    forget();
    stdin?.unpipe(channel);
    stdin?.pause();
  }
}

function pipeOut(source: Readable, target: Writable): Promise<void> {
  source.pipe(target, { end: false });
  // A target that broke takes no more, and what is not read would hold the channel open for ever.
  const drop = () => source.resume();
  target.once('error', drop);
  return new Promise((resolve) => {
    const end = () => {
      target.off('error', drop);
      resolve();
    };
    source.on('close', end);
    source.on('end', end);
  });
}

interface PidAndRest {
  /** undefined when none came. */
  pid: Promise<number | undefined>;
  /** Everything else was passed on. */
  drained: Promise<void>;
}

/** Takes the line with the process id out of stderr and passes all else on. */
function takePid(source: Readable, target: Writable): PidAndRest {
  let drained: Promise<void> | undefined;
  const pid = new Promise<number | undefined>((resolve) => {
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const match = /(^|\n)(\d+)\n/.exec(head.toString('latin1'));
      if (!match && head.length < 4096) return;
      source.off('data', onHead);
      const start = match ? match.index + match[1]!.length : head.length;
      const end = match ? match.index + match[0].length : head.length;
      const rest = Buffer.concat([head.subarray(0, start), head.subarray(end)]);
      if (rest.length > 0) target.write(rest);
      head = Buffer.alloc(0);
      drained = pipeOut(source, target);
      resolve(match ? Number(match[2]) : undefined);
    };
    source.on('data', onHead);
    source.on('close', () => {
      if (head.length > 0) target.write(head);
      resolve(undefined);
    });
  });
  return { pid, drained: pid.then(() => drained) };
}
