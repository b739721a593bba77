// Opens a TCP connection to a host.
import net from 'node:net';
import { SshError, socketRefusal } from './errors.ts';

export interface TcpOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** @throws SshError when it is not accepted in time; the signal's reason */
export function openTcp(
  host: { name: string; address: string; port: number },
  { timeoutMs, signal }: TcpOptions,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const socket = net.connect({ host: host.address, port: host.port, noDelay: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const abort = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(new SshError(host, 'timeout', 'port closed or filtered')), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    // Also for as long as nobody else listens to it.
    socket.on('error', (error: NodeJS.ErrnoException) => fail(socketRefusal(host, error)));
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
  });
}
