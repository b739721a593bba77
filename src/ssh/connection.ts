// One SSH connection to one host: exec and unix-socket channels share it. The host key is always verified.
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { refusal, SshError } from './errors.ts';
import { keyType } from './fingerprint.ts';
import { quickLogin } from './quick-login.ts';

export { SshError } from './errors.ts';

/** A host as belt must know it to log in. */
export interface SshHost {
  /** The node's name, for messages. */
  name: string;
  address: string;
  port: number;
  user: string;
  auth: ssh2.AnyAuthMethod[];
  /** The only host keys that are accepted, as wire bytes. */
  hostKeys: readonly Buffer[];
}

export interface ConnectOptions {
  /** For TCP, handshake and login together, in ms. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** What a remote command ended with. */
export interface ExecResult {
  /** 128 + n when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

// No chacha20: its WebAssembly costs every start more than it brings, and every sshd since 2014 has AES-GCM (.config/build.mjs).
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
export function connect(host: SshHost, { timeoutMs, signal }: ConnectOptions): Promise<Connection> {
  const client = new ssh2.Client();
  let wrongKey: Buffer | undefined;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', abort);
      // Errors that come after this one are of the same dead connection.
      client.on('error', () => {});
      client.destroy();
      reject(error);
    };
    const abort = () => fail(signal?.reason);
    if (signal?.aborted) return fail(signal.reason);
    signal?.addEventListener('abort', abort, { once: true });
    client.on('error', (error: Error & { level?: string }) => {
      // An agent that does not answer: ssh2 goes on with the next way to log in.
      if (error.level !== 'agent') fail(refusal(host, error, wrongKey));
    });
    client.on('close', () => fail(new SshError(host, 'lost', 'the connection was closed')));
    client.on('connect', () => client.setNoDelay(true));
    client.on('ready', () => {
      signal?.removeEventListener('abort', abort);
      client.removeAllListeners('error').removeAllListeners('close');
      resolve(new Connection(host, client));
    });
    client.connect({
      host: host.address,
      port: host.port,
      username: host.user,
      readyTimeout: timeoutMs,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 4,
      authHandler: [...host.auth],
      algorithms: { kex: KEX, cipher: CIPHERS, serverHostKey: hostKeyTypes(host.hostKeys) },
      // Never an async function: ssh2 takes its promise for a yes.
      hostVerifier: (key: Buffer, verdict: (known: boolean) => void) => {
        const known = host.hostKeys.some((pinned) => pinned.equals(key));
        if (!known) wrongKey = key;
        verdict(known);
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

/** A live connection. Every channel of it ends with `end`. */
export class Connection {
  readonly host: SshHost;
  readonly #client: ssh2.Client;
  #lost: Error | undefined;

  constructor(host: SshHost, client: ssh2.Client) {
    this.host = host;
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

  /** Starts a remote command. @throws SshError when the connection is lost */
  exec(command: string, options: ssh2.ExecOptions = {}): Promise<RemoteCommand> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(this.lostError());
      this.#client.once('close', lost);
      try {
        this.#client.exec(command, options, (error, channel) => {
          this.#client.removeListener('close', lost);
          if (error) return reject(new SshError(this.host, 'lost', `cannot start a command: ${error.message}`));
          // Listened to at once: the exit code of a quick command may be in the same packet as the channel.
          const ended = exitCode(channel, () => this.lostError());
          ended.catch(() => {});
          resolve({ channel, ended });
        });
      } catch {
        lost();
      }
    });
  }

  /** Runs a command to its end and gives what it printed. @throws SshError when the connection is lost before that */
  async run(command: string, signal?: AbortSignal): Promise<ExecResult> {
    signal?.throwIfAborted();
    let started: ssh2.ClientChannel | undefined;
    const result = this.exec(command).then(async ({ channel, ended }) => {
      started = channel;
      channel.end();
      const [stdout, stderr, code] = await Promise.all([text(channel), text(channel.stderr), ended]);
      return { code, stdout, stderr };
    });
    return signal ? unlessAborted(result, signal, () => started?.destroy()) : result;
  }

  /** A stream to a unix socket on the host (OpenSSH's PROTOCOL, `direct-streamlocal@openssh.com`). */
  unixSocket(path: string): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(this.lostError());
      this.#client.once('close', lost);
      try {
        this.#client.openssh_forwardOutStreamLocal(path, (error, channel) => {
          this.#client.removeListener('close', lost);
          if (error) reject(error);
          else resolve(channel);
        });
      } catch {
        lost();
      }
    });
  }

  /** The error of whoever was using it when it was lost. */
  lostError(): SshError {
    return new SshError(
      this.host,
      'lost',
      'the connection was lost',
      'what ran there may go on; run the same command again',
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

function text(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    stream.on('error', reject);
  });
}

/** The outcome of the promise, or the signal's reason as soon as it is aborted, whatever the host does about `stop`. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, stop: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      stop();
      reject(signal.reason);
    };
    const forget = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(forget);
  });
}
