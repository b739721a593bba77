// Sends requests to the API: keep-alive, proxies, retries where they are safe, rate limits, tracing.
// do-wrapper's own transport has a fixed address and none of these.
import http from 'node:http';
import https from 'node:https';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Budget } from './budget.ts';
import { foreignText } from './errors.ts';
import { type Answer, BrokenOff, exchange, MOST_BYTES } from './exchange.ts';
import { type Asked, brokenOff, type Outcome, outcomeOf } from './outcome.ts';
import { type HttpProxy, proxyAgent, proxyFor } from './proxy.ts';
import { rateLimit } from './rate-limit.ts';
import type { ApiRequest } from './request.ts';

export type { ApiRequest } from './request.ts';

export interface TransportOptions {
  apiUrl: string;
  token: string;
  /** For pauses. */
  clock: Clock;
  /** By whose time a request may take too long. The machine's own, where there is none. */
  requestClock?: Clock;
  budget: Budget;
  /** Ends every wait and request. */
  signal: AbortSignal;
  /** Where a proxy may be named. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Takes a line for each request. */
  trace?: ((line: string) => void) | undefined;
  /** Called when belt has to wait for a rate limit. */
  onWait?: ((line: string) => void) | undefined;
  /** How long belt waits for rate limits in total. */
  limitBudgetMs?: number | undefined;
  /** How long one request may take, in ms. */
  timeoutMs?: number;
  /** The size limit of one answer. */
  mostBytes?: number;
}

/** Sends a request and returns the parsed body (null for 204). Throws CloudError, Ambiguous, Offline or another BeltError. */
export type Transport = (request: ApiRequest) => Promise<unknown>;

const TIMEOUT_MS = 20_000;
/** Pauses before the second, third … try of a request that may be repeated. */
const RETRY_PAUSES_MS = [300, 900, 2_700];

/** How to connect to the API. */
interface Way {
  agent: http.Agent;
  proxy: HttpProxy | undefined;
}

/** A transport with one pool of connections. */
export function transport(options: TransportOptions): Transport {
  const { clock, signal, token } = options;
  const base = new URL(options.apiUrl);
  const limit = rateLimit({ clock, signal, onWait: options.onWait, budgetMs: options.limitBudgetMs });
  let way: Promise<Way> | undefined;

  return async (given) => {
    // do-wrapper ends its paths in a slash, which the API does not document.
    const request = { ...given, path: given.path.replace(/\/$/, '') };
    way ??= wayTo(base, options.env ?? {});
    const { agent, proxy } = await way;
    const hide = (text: string) => text.replaceAll(token, '•••');
    const asked: Asked = { request, host: base.host, proxy: proxy?.shown, hide };
    let refusals = 0;
    for (let tries = 0; ; ) {
      await limit.past();
      const { outcome, headers } = await attempt(options, { base, agent, asked, request });
      if (outcome.kind === 'done') return outcome.body;
      if (outcome.kind === 'limited') {
        limit.met(headers, ++refusals);
        continue;
      }
      const pauseMs = RETRY_PAUSES_MS[tries++];
      if (!outcome.passing || pauseMs === undefined) throw outcome.error;
      refusals = 0;
      await clock.sleep(pauseMs, signal);
    }
  };
}

async function wayTo(base: URL, env: NonNullable<TransportOptions['env']>): Promise<Way> {
  const pool = { keepAlive: true, maxSockets: 16 };
  const proxy = await proxyFor(base, env);
  if (proxy) return { proxy, agent: await proxyAgent(proxy, pool) };
  return { proxy, agent: base.protocol === 'https:' ? new https.Agent(pool) : new http.Agent(pool) };
}

interface Attempt {
  base: URL;
  agent: http.Agent;
  asked: Asked;
  request: ApiRequest;
}

async function attempt(
  options: TransportOptions,
  { base, agent, asked, request }: Attempt,
): Promise<{ outcome: Outcome; headers: Answer['headers'] }> {
  const { signal, clock, trace, timeoutMs = TIMEOUT_MS, mostBytes = MOST_BYTES } = options;
  const { requestClock = systemClock } = options;
  await options.budget.take(signal);
  const startMs = clock.now();
  const target = address(base, request);
  const said = (end: string) =>
    trace?.(asked.hide(`${request.method} ${target.pathname}${target.search} ${end} ${clock.now() - startMs} ms`));
  const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
  const headers = headersFor(options.token, payload);
  try {
    const limits = { clock: requestClock, signal, timeoutMs, mostBytes };
    const answer = await exchange({ target, method: request.method, headers, payload, agent, ...limits });
    said(answer.proxyStatus === undefined ? String(answer.status) : `proxy: ${answer.proxyStatus}`);
    return { outcome: outcomeOf(answer, asked), headers: answer.headers };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BrokenOff)) throw error;
    said(foreignText(asked.hide(messageOf(error))));
    return { outcome: brokenOff(error, asked), headers: {} };
  }
}

function headersFor(token: string, payload: string | undefined): http.OutgoingHttpHeaders {
  return {
    authorization: `Bearer ${token}`,
    accept: 'application/json',
    'user-agent': `belt/${BELT_VERSION}`,
    ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
  };
}

/** The host is the API's, whatever the path contains. */
function address(base: URL, request: ApiRequest): URL {
  const target = new URL(base.origin);
  target.pathname = base.pathname.replace(/\/$/, '') + request.path;
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) target.searchParams.set(key, String(value));
  }
  return target;
}
