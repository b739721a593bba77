// Processes one request: no answer, an error or a result, including injected faults.
import type { Account } from '../account/account.ts';
import {
  forbidden,
  notPlayed,
  overDropletLimit,
  Refusal,
  serverError,
  tooManyRequests,
  unauthorized,
} from '../account/refusals.ts';
import type { RequestFault } from '../faults/faults.ts';
import type { FaultKind } from '../faults/grammar.ts';
import { Router } from '../router.ts';
import { authorize, type Tokens, tokenOf } from './authorization.ts';
import type { Answer, FullAnswer, Handler } from './call.ts';
import { answerOf, jsonOf, type Received } from './exchange.ts';
import { RateLimits } from './rate-limits.ts';
import { ROUTES } from './routes/index.ts';

/** What reaches the client. */
export type Outcome =
  | { kind: 'answer'; answer: Answer; headers: Record<string, string>; lateMs: number }
  | { kind: 'hang' }
  | { kind: 'drop' };

export class Service {
  readonly #account: Account;
  readonly #tokens: Tokens;
  readonly #router = new Router<Handler>(ROUTES);
  readonly #limits = new Map<string, RateLimits>();

  constructor(account: Account, tokens: Tokens) {
    this.#account = account;
    this.#tokens = tokens;
  }

  /** The endpoint as the API description writes it; requests for anything else are one endpoint. */
  endpoint({ method, path }: Received): string {
    return `${method} ${this.#find(method, path)?.template ?? '(unknown)'}`;
  }

  process(received: Received, baseUrl: string): Outcome {
    const fault = this.#account.faults.forRequest(received.method, received.path);
    if (fault?.kind === 'hang' || fault?.kind === 'drop') return { kind: fault.kind };
    const { headers, ...answer } = this.#answer(received, baseUrl, fault);
    if (fault?.kind === 'hang-after' || fault?.kind === 'drop-after') {
      return { kind: fault.kind === 'hang-after' ? 'hang' : 'drop' };
    }
    return { kind: 'answer', answer, headers, lateMs: fault?.kind === 'slow' ? fault.seconds * 1000 : 0 };
  }

  #answer(received: Received, baseUrl: string, fault: RequestFault | undefined): FullAnswer {
    const now = this.#account.timers.now();
    const limits = this.#limitsOf(tokenOf(this.#tokens, received.authorization) ?? '');
    try {
      authorize(this.#tokens, received.method, received.authorization);
      const listsKeys = received.method === 'GET' && received.path === '/v2/account/keys';
      limits.take(now, { listsKeys });
      const refusal = fault && REFUSALS[fault.kind]?.(now);
      if (refusal) throw refusal;
      const answer = this.#handle(received, baseUrl);
      if (fault?.kind === '500-after') throw serverError();
      return { ...answer, headers: limits.headers(now) };
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.#account.log(`${received.method} ${received.path}: ${error instanceof Error ? error.stack : error}`);
      }
      const refusal = answerOf(error);
      return { ...refusal, headers: { ...limits.headers(now), ...refusal.headers } };
    }
  }

  #handle(received: Received, baseUrl: string): Answer {
    const { method, path, query } = received;
    const match = this.#find(method, path);
    if (!match) throw notPlayed(`${method} ${path}`);
    const { params, handle } = match;
    const call = { account: this.#account, baseUrl, method, path, params, query, body: jsonOf(received) };
    return handle(call) ?? { status: 204 };
  }

  /** A HEAD is answered as its GET; the server leaves the body out. */
  #find(method: string, path: string) {
    return this.#router.find(method === 'HEAD' ? 'GET' : method, path);
  }

  #limitsOf(token: string): RateLimits {
    let limits = this.#limits.get(token);
    if (!limits) {
      const { rateLimit, keysPerMinute } = this.#account.options;
      limits = new RateLimits(rateLimit, keysPerMinute);
      this.#limits.set(token, limits);
    }
    return limits;
  }
}

/** The errors that stand for an answer, by the fault; `now` is when the request came. */
const REFUSALS: Partial<Record<FaultKind, (now: number) => Refusal>> = {
  '401': unauthorized,
  '403': () => forbidden(),
  'droplet-limit': overDropletLimit,
  '429': () => tooManyRequests({ 'retry-after': '1' }),
  '429-hour': (now) =>
    tooManyRequests({ 'ratelimit-remaining': '0', 'ratelimit-reset': String(Math.ceil(now / 1000) + 1) }),
  '500': serverError,
  '502': () => new Refusal(502, 'bad_gateway', 'The server received an invalid response.'),
  '503': () => new Refusal(503, 'service_unavailable', 'Service Unavailable'),
};
