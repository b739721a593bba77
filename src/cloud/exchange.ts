// One HTTP exchange: sent and answered in full within its limits of time and size, or aborted. Independent of its content.
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';

export interface ExchangeOptions {
  target: URL;
  method: string;
  headers: http.OutgoingHttpHeaders;
  payload: string | undefined;
  agent: http.Agent;
  clock: Clock;
  /** Ends it at once. */
  signal: AbortSignal;
  /** The time for the complete answer. */
  timeoutMs: number;
  /** The size limit of its body. */
  mostBytes: number;
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The status with which a proxy refused the connection: then nothing was sent. */
  proxyStatus: number | undefined;
}

/** No answer is larger than this: 200 droplets are some 500 kB. */
export const MOST_BYTES = 32 * 1024 * 1024;
const TOO_LARGE = 'EMSGSIZE';

/** The exchange was not completed. */
export class BrokenOff extends Error {
  override readonly name = 'BrokenOff';
  /** Node's error code. */
  readonly code: string;
  /** Whether there was a connection: then the request may have arrived. Without one nothing was sent. */
  readonly connected: boolean;

  constructor(cause: NodeJS.ErrnoException, { connected }: { connected: boolean }) {
    super(cause.message, { cause });
    this.code = cause.code ?? '';
    this.connected = connected;
  }

  get isTooLarge(): boolean {
    return this.code === TOO_LARGE;
  }
}

/** @throws BrokenOff; the signal's reason is its cause when that was aborted */
export function exchange(options: ExchangeOptions): Promise<Answer> {
  const { target, method, headers, payload, agent, clock, signal, timeoutMs, mostBytes } = options;
  const isSecure = target.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let connected = false;
    const over = new AbortController();
    const sent = (isSecure ? https : http).request(target, { method, agent, headers });
    const end = () => {
      over.abort();
      signal.removeEventListener('abort', interrupted);
    };
    // A request that waits for its connection emits no event when it is destroyed.
    const fail = (error: NodeJS.ErrnoException) => {
      end();
      reject(new BrokenOff(error, { connected }));
      sent.destroy();
    };
    const interrupted = () => fail(signal.reason);
    clock.sleep(timeoutMs, over.signal).then(
      () => fail(timedOut(timeoutMs)),
      () => {},
    );
    signal.addEventListener('abort', interrupted, { once: true });
    if (signal.aborted) interrupted();
    sent.on('error', fail);
    // Reported by the proxy agent (https-proxy-agent).
    sent.on('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      if (statusCode === 200) return;
      end();
      resolve({ status: 0, headers: {}, text: '', proxyStatus: statusCode });
      sent.destroy();
    });
    sent.on('socket', (socket) => {
      connected = sent.reusedSocket || (!isSecure && !socket.connecting);
      // Before TLS has verified the certificate, nothing of the request is sent.
      if (!connected) socket.once(isSecure ? 'secureConnect' : 'connect', () => (connected = true));
    });
    sent.on('response', (response) => {
      readBody(response, mostBytes).then((text) => {
        end();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, proxyStatus: undefined });
      }, fail);
    });
    sent.end(payload);
  });
}

/** @throws an error of Node's, also for a body that is larger */
async function readBody(response: http.IncomingMessage, mostBytes: number): Promise<string> {
  if (Number(response.headers['content-length']) > mostBytes) throw tooLarge(mostBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge(mostBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const coded = (code: string, message: string): NodeJS.ErrnoException => Object.assign(new Error(message), { code });

const timedOut = (timeoutMs: number) => coded('ETIMEDOUT', `no response within ${timeoutMs / 1000} s`);

const tooLarge = (mostBytes: number) => coded(TOO_LARGE, `the response is larger than ${mostBytes / 1024 / 1024} MB`);
