// One SSH connection to one host: exec and unix-socket channels share it. The host key is always verified (connect.ts).
import type { Duplex } from 'node:stream';
import type ssh2 from 'ssh2';
import { systemClock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { limited } from '../wait.ts';
import { SshError } from './errors.ts';
import { forwardRefusal } from './forward-refusal.ts';
import type { ExecResult, Patience, SshHost } from './host.ts';
import { noSftp, Sftp } from './sftp.ts';

export { SshError } from './errors.ts';
export type { ConnectOptions, ExecResult, Patience, SshHost } from './host.ts';

/** How long a host may take to open a channel, or one of belt's own commands to finish. */
const CHANNEL_MS = 20_000;
const COMMAND_MS = 60_000;
/** How much one of belt's own commands may print. */
const MOST_OUTPUT = 32 * 1024 * 1024;

/** What ssh2 says where a connection is closed before the host answered that it opens a channel. */
const NO_CHANNEL = 'No response from server';

/** A live connection. `end` closes all of its channels. */
export class Connection {
  readonly host: SshHost;
  /** The key that the host showed, one of those that are pinned; wire bytes. */
  readonly hostKey: Buffer;
  /** Resolves when it is closed, by either side or by a cut. */
  readonly closed: Promise<void>;
  readonly #client: ssh2.Client;
  #lost: Error | undefined;

  constructor(host: SshHost, client: ssh2.Client, hostKey: Buffer) {
    this.host = host;
    this.hostKey = hostKey;
    this.#client = client;
    client.on('error', (error) => {
      this.#lost = error;
    });
    this.closed = new Promise((resolve) => {
      client.on('close', () => {
        this.#lost ??= new Error('closed');
        resolve();
      });
    });
  }

  /** Whether the connection is known to be dead. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Starts a remote command, or the user's login shell where there is none.
   * @throws SshError when the connection is lost, or the host does not start it in time
   */
  exec(command: string | undefined, options: ssh2.ExecOptions = {}, patience: Patience = {}): Promise<RemoteCommand> {
    return this.#open(patience, (opened, failed) => {
      const started: ssh2.ClientCallback = (error, channel) => {
        if (error) {
          if (error instanceof SshError) return failed(error);
          // The command follows in one step upon the channel, and what became of that nobody knows.
          if (this.lost) return failed(isNoAnswer(error) ? error : this.lostError());
          const said = new SshError(this.host, 'lost', `cannot start a command: ${error.message}`);
          return failed(Object.assign(said, { cause: error }));
        }
        // Listened to at once: the exit code of a quick command may be in the same packet as the channel.
        const ended = exitCode(channel, () => this.lostError());
        ended.catch(() => {});
        opened({ channel, ended }, channel);
      };
      if (command === undefined) this.#client.shell((options.pty ?? false) as ssh2.PseudoTtyOptions | false, started);
      else this.#client.exec(command, options, started);
    });
  }

  /**
   * Runs one of belt's own commands to its end and returns its output.
   * @throws SshError when the connection is lost before that, or it takes longer than a minute or `timeoutMs`; BeltError when it
   * prints more than 32 MB
   */
  run(command: string, { signal, timeoutMs = COMMAND_MS }: Patience = {}): Promise<ExecResult> {
    const { host } = this;
    const late = () => new SshError(host, 'timeout', `\`${command}\` timed out (${seconds(timeoutMs)})`);
    return limited(
      async (own) => {
        const { channel, ended } = await this.exec(command, {}, { signal: own });
        own.addEventListener('abort', () => channel.destroy(), { once: true });
        channel.end();
        const tooMuch = () => new BeltError(`${host.name}: \`${command}\` printed more than ${MOST_OUTPUT >> 20} MB`);
        const [stdout, stderr, code] = await Promise.all([
          text(channel, tooMuch),
          text(channel.stderr, tooMuch),
          ended,
        ]);
        return { code, stdout, stderr };
      },
      { clock: systemClock, signal: signal ?? NEVER, timeoutMs, late },
    );
  }

  /**
   * A stream to a unix socket on the host (OpenSSH's PROTOCOL, `direct-streamlocal@openssh.com`).
   * @throws SshError when the connection is lost, or the host opens none in time; ssh2's error when it refuses
   */
  unixSocket(path: string, patience: Patience = {}): Promise<Duplex> {
    return this.#open(patience, (opened, failed) => {
      this.#client.openssh_forwardOutStreamLocal(path, (error, channel) => {
        if (error) failed(error);
        else opened(channel, channel);
      });
    });
  }

  /**
   * A stream to another host that this one reaches (RFC 4254, section 7.2).
   * @throws SshError about the other host, or about this one when the connection is lost
   */
  tcp(to: Pick<SshHost, 'name' | 'address' | 'port'>, patience: Patience = {}): Promise<Duplex> {
    const late = () => new SshError(to, 'timeout', `no answer (through the jump host ${this.host.name})`);
    return this.#open(
      patience,
      (opened, failed) => {
        this.#client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, channel) => {
          if (error) return failed(isNoAnswer(error) ? error : forwardRefusal(to, this.host, error));
          // Also for as long as nobody else listens to it.
          channel.on('error', () => {});
          opened(channel, channel);
        });
      },
      late,
    );
  }

  /**
   * Starts SFTP, on a channel of its own.
   * @throws SshError when the connection is lost, or the host does not start it in time; BeltError when it refuses
   */
  sftp(patience: Patience = {}): Promise<Sftp> {
    return this.#open(patience, (opened, failed) => {
      this.#client.sftp((error, wrapper) => {
        if (error) failed(isNoAnswer(error) ? error : this.lost ? this.lostError() : noSftp(this.host, error));
        else opened(new Sftp(this.host, wrapper, () => this.destroy()), wrapper as unknown as Duplex);
      });
    });
  }

  /** Whether the host answers within the time. It is asked for something that it refuses. */
  answers(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const closed = () => settle(false);
      const settle = (answered: boolean) => {
        clearTimeout(timer);
        this.#client.removeListener('close', closed);
        resolve(answered);
      };
      const timer = setTimeout(closed, timeoutMs);
      if (this.lost) return closed();
      this.#client.once('close', closed);
      try {
        this.#client.unforwardIn('127.0.0.1', 1, () => settle(!this.lost));
      } catch {
        settle(false);
      }
    });
  }

  /** Has the host open a channel; one that arrives too late is closed. */
  #open<T>(
    { signal = NEVER, timeoutMs = CHANNEL_MS }: Patience,
    ask: (opened: (value: T, channel: Duplex) => void, failed: (error: Error) => void) => void,
    late = () => new SshError(this.host, 'timeout', `it does not open an SSH channel (${seconds(timeoutMs)})`),
  ): Promise<T> {
    const task = (own: AbortSignal) =>
      new Promise<T>((resolve, reject) => {
        // A moment later: ssh2 tells first that it is closed, then what each channel was waiting for.
        const lost = () => queueMicrotask(() => reject(this.lostError()));
        const forget = () => this.#client.removeListener('close', lost);
        this.#client.once('close', lost);
        own.addEventListener('abort', forget, { once: true });
        const opened = (value: T, channel: Duplex) => {
          forget();
          if (own.aborted) channel.destroy();
          else resolve(value);
        };
        // A host that opened no channel was asked for nothing on it.
        const failed = (error: Error) => reject(isNoAnswer(error) ? this.lostError({ isUnasked: true }) : error);
        try {
          ask(opened, failed);
        } catch (error) {
          // ssh2 knows that its socket is gone before it reports it.
          this.#lost ??= error as Error;
          reject(this.lostError({ isUnasked: true }));
        }
      });
    return limited(task, { clock: systemClock, signal, timeoutMs, late });
  }

  /** The error for whoever was using it when it was lost. */
  lostError({ isUnasked = false } = {}): SshError {
    // What lost it says so itself.
    if (this.#lost instanceof SshError) return this.#lost;
    const again = 'run the same command again';
    const hint = isUnasked ? again : `the command may still be running there; ${again}`;
    const error = new SshError(this.host, 'lost', 'the connection was lost', hint);
    return Object.assign(error, { isUnasked });
  }

  end(): void {
    this.#client.end();
  }

  destroy(): void {
    this.#client.destroy();
  }
}

/** A command that was started on a host. */
export interface RemoteCommand {
  channel: ssh2.ClientChannel;
  /** Its exit code. A dropped connection gives neither a code nor a signal: then this rejects with SshError. */
  ended: Promise<number>;
}

function exitCode(channel: ssh2.ClientChannel, lostError: () => SshError): Promise<number> {
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    channel.on('exit', (exit: number | null, signal?: string) => {
      if (exit !== null) code = exit;
      else if (signal) code = 128 + (SIGNALS[signal.replace(/^SIG/, '')] ?? 0);
    });
    channel.on('close', () => (code === undefined ? reject(lostError()) : resolve(code)));
  });
}

const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  USR1: 10,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
};

function text(stream: NodeJS.ReadableStream, tooMuch: () => Error): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_OUTPUT) reject(tooMuch());
      else chunks.push(chunk);
    });
    stream.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', reject);
  });
}

/** The connection ended before the host answered the request for a channel. */
const isNoAnswer = (error: Error): boolean => error.message === NO_CHANNEL;

const NEVER = new AbortController().signal;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
