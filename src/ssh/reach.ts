// Waiting for a host that is booting: TCP first, since a refused connection costs nothing, then SSH with the pinned key.
import net from 'node:net';
import type { Clock } from '../clock.ts';
import { type Connection, connect, SshError, type SshHost } from './connection.ts';

export interface ReachOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Gives up at this time, ms since the epoch. */
  deadline: number;
  /** Told the last error while it waits. */
  onTrouble: (short: string) => void;
  /** Runs a handshake when there is room for one: they are CPU work. */
  limit: <T>(task: () => Promise<T>) => Promise<T>;
}

const PAUSE_MS = 250;
const TCP_TIMEOUT_MS = 3_000;
const LOGIN_TIMEOUT_MS = 15_000;
/** sshd may answer some seconds before cloud-init wrote the droplet's authorized keys. */
const AUTH_PATIENCE_MS = 45_000;

/**
 * A connection to the host as soon as it can be had.
 * @throws SshError: at once for a host key that is not the pinned one, after a while for a refused login, the last error
 * at the deadline.
 */
export async function reach(host: SshHost, options: ReachOptions): Promise<Connection> {
  const { clock, signal, deadline } = options;
  let firstAuthFailure: number | undefined;
  for (;;) {
    try {
      await probe(host, signal);
      return await options.limit(() => connect(host, { timeoutMs: LOGIN_TIMEOUT_MS, signal }));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SshError) || error.refusal === 'host-key') throw error;
      if (error.refusal === 'auth') firstAuthFailure ??= clock.now();
      const authTooLong = error.refusal === 'auth' && clock.now() - (firstAuthFailure ?? 0) > AUTH_PATIENCE_MS;
      if (authTooLong) throw error;
      if (clock.now() >= deadline) throw tooLate(host, error);
      options.onTrouble(error.short);
    }
    await clock.sleep(Math.min(PAUSE_MS, Math.max(0, deadline - clock.now())), signal);
  }
}

const tooLate = (host: SshHost, { refusal, short }: SshError): SshError =>
  Object.assign(new SshError(host, refusal, `not reachable in time: ${short}`), { late: true });

function probe(host: SshHost, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: host.address, port: host.port });
    const settle = (end: () => void) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      end();
    };
    const abort = () => settle(() => reject(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(TCP_TIMEOUT_MS, () =>
      settle(() => reject(new SshError(host, 'timeout', 'port closed or filtered'))),
    );
    socket.on('connect', () => settle(resolve));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const refused = error.code === 'ECONNREFUSED';
      settle(() =>
        reject(new SshError(host, 'no-route', refused ? 'connection refused' : (error.code ?? error.message))),
      );
    });
  });
}
