// From a host to a live connection: TCP, host key, login.
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import { isAgentBusy } from './agent.ts';
import { Connection } from './connection.ts';
import { refusal, SshError } from './errors.ts';
import { keyType } from './fingerprint.ts';
import type { ConnectOptions, KeepAlive, Patience, SshHost } from './host.ts';
import { ignoreHostKeyOffers } from './host-key-offers.ts';
import { quickLogin } from './quick-login.ts';
import { openTcp } from './tcp.ts';

/** A host that answers none of these in a row is taken for lost: after a minute. */
const KEEP_ALIVE: KeepAlive = { everyMs: 15_000, misses: 4 };
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

/** Connects, through its jump host where it has one; verifies the host key; logs in. @throws SshError */
export async function connect(host: SshHost, options: ConnectOptions): Promise<Connection> {
  const { timeoutMs, tcpTimeoutMs = timeoutMs, signal, keepAlive, limit = (task) => task() } = options;
  const startMs = performance.now();
  const socket = host.jump
    ? await host.jump.open(host, { timeoutMs, signal })
    : await openTcp(host, { timeoutMs: Math.min(tcpTimeoutMs, timeoutMs), signal });
  const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
  try {
    return await limit(() => login(host, socket, { timeoutMs: leftMs, signal, keepAlive }));
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function login(
  host: SshHost,
  socket: Duplex,
  { timeoutMs, signal, keepAlive = KEEP_ALIVE }: Pick<ConnectOptions, 'timeoutMs' | 'keepAlive'> & Patience,
): Promise<Connection> {
  const client = new ssh2.Client();
  const seen: Handshake = { shown: undefined, isKnown: false, tried: 0, greeting: '' };
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
      if (error.level !== 'agent')
        fail(refusal(host, error, { ...seen, wrongKey: seen.isKnown ? undefined : seen.shown }));
    });
    client.on('close', () => fail(new SshError(host, 'lost', 'the connection was closed')));
    client.on('ready', () => {
      settle();
      client.removeAllListeners('error').removeAllListeners('close');
      host.onLogin?.(seen.tried - 1);
      resolve(new Connection(host, client, seen.shown!));
    });
    client.connect(connectConfig(host, socket, { seen, keepAlive }));
    socket.once('data', (data: Buffer) => {
      seen.greeting = data.toString('latin1').split('\r\n', 1)[0]!;
    });
    quickLogin(client, host.auth);
    ignoreHostKeyOffers(client);
  });
}

/** What is known of a handshake so far. */
interface Handshake {
  /** The host's key. */
  shown: Buffer | undefined;
  isKnown: boolean;
  /** How many ways to log in were tried. */
  tried: number;
  /** The first line that the host sent. */
  greeting: string;
}

const connectConfig = (
  host: SshHost,
  socket: Duplex,
  { seen, keepAlive }: { seen: Handshake; keepAlive: NonNullable<ConnectOptions['keepAlive']> },
): ssh2.ConnectConfig => ({
  sock: socket,
  username: host.user,
  readyTimeout: 0,
  keepaliveInterval: keepAlive.everyMs,
  keepaliveCountMax: keepAlive.misses,
  authHandler: () => host.auth[seen.tried++] ?? (false as never),
  algorithms: { kex: KEX, cipher: CIPHERS, serverHostKey: hostKeyTypes(host.hostKeys) },
  // Must not be async: ssh2 would take the promise for a yes.
  hostVerifier: (key: Buffer, verdict: (known: boolean) => void) => {
    seen.shown = key;
    seen.isKnown = host.hostKeys.some((pinned) => pinned.equals(key));
    verdict(seen.isKnown);
  },
});

/** Asks the server for the type of key that is pinned, as OpenSSH does. */
function hostKeyTypes(pinned: readonly Buffer[]): ssh2.ServerHostKeyAlgorithm[] {
  const types = new Set(pinned.map(keyType));
  const rsa: ssh2.ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256'];
  const wanted = [...types].flatMap((type) => (type === 'ssh-rsa' ? rsa : [type as ssh2.ServerHostKeyAlgorithm]));
  return wanted.length > 0 ? wanted : ['ssh-ed25519', 'ecdsa-sha2-nistp256', ...rsa];
}
