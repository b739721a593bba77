// One SSH connection to one host: exec and unix-socket channels share it. The host key is always verified.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { systemClock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { limited } from '../wait.ts';
import { isAgentBusy } from './agent.ts';
import { refusal, SshError } from './errors.ts';
import { keyType } from './fingerprint.ts';
import type { ConnectOptions, ExecResult, Patience, SshHost } from './host.ts';
import { quickLogin } from './quick-login.ts';
import { openTcp } from './tcp.ts';

export { SshError } from './errors.ts';
export type { ConnectOptions, ExecResult, Patience, SshHost } from './host.ts';

/** How long a host may take to open a channel, or one of belt's own commands to finish. */
const CHANNEL_MS = 20_000;
const COMMAND_MS = 60_000;
/** How much one of belt's own commands may print. */
const MOST_OUTPUT = 32 * 1024 * 1024;
/** How often to check whether a busy agent is done. */
const AGENT_POLL_MS = 250;

// No chacha20: its WebAssembly slows down every start for little gain, and every sshd since 2014 has AES-GCM (.config/build.mjs).
// group-exchange blocks for more than a second; everything that sshd has offered since 2014 has curve25519.
const KEX: ssh2.KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
];
const CIPHERS: ssh2.CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes256-ctr',
];

/** Connects, verifies the host key, logs in. @throws SshError */
export async function connect(host: SshHost, options: ConnectOptions): Promise<Connection> {
  const { timeoutMs, tcpTimeoutMs = timeoutMs, signal, limit = (task) => task() } = options;
  const startMs = performance.now();
  const socket = await openTcp(host, { timeoutMs: Math.min(tcpTimeoutMs, timeoutMs), signal });
  const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
  try {
    return await limit(() => login(host, socket, { timeoutMs: leftMs, signal }));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function login(
  host: SshHost,
  socket: Socket,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<Connection> {
  const client = new ssh2.Client();
  let shown: Buffer | undefined;
  let isKnown = false;
  let tried = 0;
  return new Promise((resolve, reject) => {
    let timer = setTimeout(late, timeoutMs);
    const settle = () => {
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
    };
    const fail = (error: unknown) => {
      settle();
      // Later errors come from the same dead connection.
      client.on('error', () => {});
      client.destroy();
      reject(error);
    };
    const abort = () => fail(signal?.reason);
    function late() {
      if (host.auth.some(isAgentBusy)) timer = setTimeout(late, AGENT_POLL_MS);
      else fail(new SshError(host, 'timeout', 'SSH timed out'));
    }
    if (signal?.aborted) return fail(signal.reason);
    if (socket.destroyed) return fail(new SshError(host, 'lost', 'the connection was closed'));
    signal?.addEventListener('abort', abort, { once: true });
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that does not answer: ssh2 continues with the next login method.
      if (error.level !== 'agent') fail(refusal(host, error, isKnown ? undefined : shown));
    });
    client.on('close', () => fail(new SshError(host, 'lost', 'the connection was closed')));
    client.on('ready', () => {
      settle();
      client.removeAllListeners('error').removeAllListeners('close');
      host.onLogin?.(tried - 1);
      resolve(new Connection(host, client, shown!));
    });
    client.connect({
      sock: socket,
      username: host.user,
      readyTimeout: 0,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 4,
      authHandler: () => host.auth[tried++] ?? (false as never),
      algorithms: { kex: KEX, cipher: CIPHERS, serverHostKey: hostKeyTypes(host.hostKeys) },
      // Must not be async: ssh2 would take the promise for a yes.
      hostVerifier: (key: Buffer, verdict: (known: boolean) => void) => {
        shown = key;
        isKnown = host.hostKeys.some((pinned) => pinned.equals(key));
        verdict(isKnown);
      },
    });
    quickLogin(client, host.auth);
  });
}

/** Asks the server for the type of key that is pinned, as OpenSSH does. */
function hostKeyTypes(pinned: readonly Buffer[]): ssh2.ServerHostKeyAlgorithm[] {
  const types = new Set(pinned.map(keyType));
  const rsa: ssh2.ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256'];
  const wanted = [...types].flatMap((type) => (type === 'ssh-rsa' ? rsa : [type as ssh2.ServerHostKeyAlgorithm]));
  return wanted.length > 0 ? wanted : ['ssh-ed25519', 'ecdsa-sha2-nistp256', ...rsa];
}

/** A live connection. `end` closes all of its channels. */
export class Connection {
  readonly host: SshHost;
  /** The key that the host showed, one of those that are pinned; wire bytes. */
  readonly hostKey: Buffer;
  readonly #client: ssh2.Client;
  #lost: Error | undefined;

  constructor(host: SshHost, client: ssh2.Client, hostKey: Buffer) {
    this.host = host;
    this.hostKey = hostKey;
    this.#client = client;
    client.on('error', (error) => {
      this.#lost = error;
    });
    client.on('close', () => {
      this.#lost ??= new Error('closed');
    });
  }

  /** Whether the connection is known to be dead. */
  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Starts a remote command. @throws SshError when the connection is lost, or the host does not start it in time */
  exec(command: string, options: ssh2.ExecOptions = {}, patience: Patience = {}): Promise<RemoteCommand> {
    return this.#open(patience, (opened, failed) => {
      this.#client.exec(command, options, (error, channel) => {
        if (error) return failed(new SshError(this.host, 'lost', `cannot start a command: ${error.message}`));
        // Listened to at once: the exit code of a quick command may be in the same packet as the channel.
        const ended = exitCode(channel, () => this.lostError());
        ended.catch(() => {});
        opened({ channel, ended }, channel);
      });
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

  /** Has the host open a channel; one that arrives too late is closed. */
  #open<T>(
    { signal = NEVER, timeoutMs = CHANNEL_MS }: Patience,
    ask: (opened: (value: T, channel: Duplex) => void, failed: (error: Error) => void) => void,
  ): Promise<T> {
    const late = () => new SshError(this.host, 'timeout', `it does not open an SSH channel (${seconds(timeoutMs)})`);
    const task = (own: AbortSignal) =>
      new Promise<T>((resolve, reject) => {
        const lost = () => reject(this.lostError());
        const forget = () => this.#client.removeListener('close', lost);
        this.#client.once('close', lost);
        own.addEventListener('abort', forget, { once: true });
        try {
          ask((value, channel) => {
            forget();
            if (own.aborted) channel.destroy();
            else resolve(value);
          }, reject);
        } catch (error) {
          // ssh2 knows that its socket is gone before it reports it.
          this.#lost ??= error as Error;
          lost();
        }
      });
    return limited(task, { clock: systemClock, signal, timeoutMs, late });
  }

  /** The error for whoever was using it when it was lost. */
  lostError(): SshError {
    return new SshError(
      this.host,
      'lost',
      'the connection was lost',
      'the command may still be running there; run the same command again',
    );
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

const NEVER = new AbortController().signal;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
