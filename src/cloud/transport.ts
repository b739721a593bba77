// One HTTP exchange with the API, done with care: timeouts, keep-alive, retries where they are safe, rate limits, a trace.
// do-wrapper's own transport has a fixed address and none of these.
import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Budget } from './budget.ts';
import { Ambiguous, cloudError, Offline } from './errors.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Beginning with `/v2/`. */
  path: string;
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
}

export interface TransportOptions {
  apiUrl: string;
  token: string;
  clock: Clock;
  budget: Budget;
  /** Ends every wait and request. */
  signal: AbortSignal;
  /** Takes a line for each request. */
  trace?: ((line: string) => void) | undefined;
  /** Told when belt has to wait for a rate limit. */
  onWait?: ((line: string) => void) | undefined;
  /** How long one request may take, in ms. */
  timeoutMs?: number;
}

/** Sends a request and gives the parsed body (null for 204). Throws CloudError, Ambiguous or Offline. */
export type Transport = (request: ApiRequest) => Promise<unknown>;

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: unknown;
}

const TIMEOUT_MS = 20_000;
/** Pauses before the second, third … try of a request that may be repeated. */
const RETRY_PAUSES_MS = [300, 900, 2_700];
/** Longer waits than this for a rate limit are the user's to decide. */
const LONGEST_LIMIT_WAIT_MS = 120_000;

/** Errors of a connection that never came to be: the request was not sent. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN']);

/** A transport with one pool of connections. */
export function transport(options: TransportOptions): Transport {
  const base = new URL(options.apiUrl);
  const { Agent } = base.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const limit: Limit = { untilMs: 0 };

  return async (request) => {
    for (let tries = 0; ; tries++) {
      await pastLimit(options, limit);
      const outcome = await attempt(options, base, agent, request);
      if ('answer' in outcome && outcome.answer.status < 300) return outcome.answer.body;
      const limited = 'answer' in outcome && outcome.answer.status === 429;
      if (limited) {
        meetLimit(options, limit, outcome.answer);
        tries -= 1;
        continue;
      }
      // A GET or DELETE may be repeated; a POST may not, since it may have been carried out (design rule 2).
      const passing = 'error' in outcome || outcome.answer.status >= 500;
      const pauseMs = RETRY_PAUSES_MS[tries];
      if (passing && request.method !== 'POST' && pauseMs !== undefined) {
        await options.clock.sleep(pauseMs, options.signal);
        continue;
      }
      throw failure(base, request, outcome);
    }
  };
}

type Outcome = { answer: Answer } | { error: NodeJS.ErrnoException };

async function attempt(options: TransportOptions, base: URL, agent: http.Agent, request: ApiRequest): Promise<Outcome> {
  await options.budget.take(options.signal);
  const startMs = options.clock.now();
  const target = address(base, request);
  const said = (end: string) =>
    options.trace?.(`${request.method} ${target.pathname}${target.search} ${end} ${options.clock.now() - startMs} ms`);
  try {
    const answer = await exchange(options, target, agent, request);
    said(String(answer.status));
    return { answer };
  } catch (error) {
    options.signal.throwIfAborted();
    said(messageOf(error));
    return { error: error as NodeJS.ErrnoException };
  }
}

function address(base: URL, request: ApiRequest): URL {
  // do-wrapper ends its paths in a slash, which the API does not document.
  const target = new URL(base.pathname.replace(/\/$/, '') + request.path.replace(/\/$/, ''), base);
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) target.searchParams.set(key, String(value));
  }
  return target;
}

function exchange(options: TransportOptions, target: URL, agent: http.Agent, request: ApiRequest): Promise<Answer> {
  const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
  const send = target.protocol === 'https:' ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const sent = send(target, {
      method: request.method,
      agent,
      signal: options.signal,
      headers: {
        authorization: `Bearer ${options.token}`,
        accept: 'application/json',
        'user-agent': `belt/${BELT_VERSION}`,
        ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    });
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const timer = setTimeout(() => sent.destroy(timedOut(timeoutMs)), timeoutMs);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = parsed(Buffer.concat(chunks).toString('utf8'));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.end(payload);
  });
}

function timedOut(timeoutMs: number): NodeJS.ErrnoException {
  return Object.assign(new Error(`no answer within ${timeoutMs / 1000} s`), { code: 'ETIMEDOUT' });
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** DigitalOcean's limit as the answers told it: it holds for every request. */
interface Limit {
  /** ms since the epoch. */
  untilMs: number;
}

/** Requests that were under way side by side meet one limit, and say so once. */
const SAME_LIMIT_MS = 500;

async function pastLimit({ clock, signal }: TransportOptions, limit: Limit): Promise<void> {
  for (let ms = limit.untilMs - clock.now(); ms > 0; ms = limit.untilMs - clock.now()) await clock.sleep(ms, signal);
}

/** `retry-after` comes only with the limit a minute; else `ratelimit-reset` says when the oldest request expires. */
function meetLimit(options: TransportOptions, limit: Limit, { headers }: Answer): void {
  const now = options.clock.now();
  const afterMs = Number(headers['retry-after']) * 1000;
  const resetMs = Number(headers['ratelimit-reset']) * 1000 - now;
  const waitMs = Math.max(250, Number.isFinite(afterMs) ? afterMs : Number.isFinite(resetMs) ? resetMs : 1_000);
  if (waitMs > LONGEST_LIMIT_WAIT_MS) {
    throw new BeltError(`DigitalOcean's hourly limit is used up until ${new Date(now + waitMs).toISOString()}`, {
      hint: 'run the same command again then',
    });
  }
  if (now + waitMs > limit.untilMs + SAME_LIMIT_MS) {
    options.onWait?.(`DigitalOcean's rate limit is reached: going on in ${Math.ceil(waitMs / 1000)} s`);
  }
  limit.untilMs = Math.max(limit.untilMs, now + waitMs);
}

function failure(base: URL, request: ApiRequest, outcome: Outcome): Error {
  const what = `${request.method} ${request.path.replace(/\/$/, '')}`;
  if ('answer' in outcome) {
    const { status, body } = outcome.answer;
    if (status >= 500 && request.method === 'POST') return new Ambiguous(`${what}: DigitalOcean answered ${status}`);
    return cloudError(request.method, request.path.replace(/\/$/, ''), status, body);
  }
  const { error } = outcome;
  if (UNSENT.has(error.code ?? '')) {
    return new Offline(`cannot reach DigitalOcean at ${base.host}: ${reason(error)}`, {
      hint: 'check the network, and api_url if it is set',
      cause: error,
    });
  }
  const details = { cause: error, hint: 'run the same command again' };
  return new Ambiguous(`${what}: ${reason(error)}`, details);
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'its name cannot be resolved';
  if (error.code === 'ECONNREFUSED') return 'connection refused';
  if (error.code === 'ECONNRESET') return 'the connection was lost';
  return messageOf(error);
}
