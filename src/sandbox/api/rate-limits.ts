// DigitalOcean's two rate limits for a token, and the separate one for the list of keys.
import { tooManyRequests } from '../account/refusals.ts';
import type { RateLimit } from '../options.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

export class SlidingWindow {
  readonly limit: number;
  readonly #windowMs: number;
  /** When each happened, oldest first. */
  readonly #times: number[] = [];

  /** A limit of 0 means no limit. */
  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.#windowMs = windowMs;
  }

  isFull(now: number): boolean {
    return this.limit > 0 && this.count(now) >= this.limit;
  }

  count(now: number): number {
    this.#forget(now);
    return this.#times.length;
  }

  add(now: number): void {
    this.#times.push(now);
  }

  /** When the oldest leaves the window; a whole window from now when there is none. */
  expiresAt(now: number): number {
    this.#forget(now);
    return (this.#times[0] ?? now) + this.#windowMs;
  }

  #forget(now: number): void {
    while (this.#times.length > 0 && this.#times[0]! <= now - this.#windowMs) this.#times.shift();
  }
}

export type RateLimitHeaders = Record<'ratelimit-limit' | 'ratelimit-remaining' | 'ratelimit-reset', string>;

/** The windows of one token. */
export class RateLimits {
  readonly #minute: SlidingWindow;
  readonly #hour: SlidingWindow;
  readonly #keys: SlidingWindow;

  constructor({ perMinute, perHour }: RateLimit, keysPerMinute: number) {
    this.#minute = new SlidingWindow(perMinute, MINUTE_MS);
    this.#hour = new SlidingWindow(perHour, HOUR_MS);
    this.#keys = new SlidingWindow(keysPerMinute, MINUTE_MS);
  }

  /** Counts a request, or throws the 429. A refused one does not count. */
  take(now: number, request: { listsKeys: boolean }): void {
    if (this.#hour.isFull(now)) throw tooManyRequests();
    if (this.#minute.isFull(now)) {
      // Only this one says how long to wait.
      throw tooManyRequests({ 'retry-after': String(secondsUntil(this.#minute.expiresAt(now), now)) });
    }
    if (request.listsKeys) {
      // Its headers are the hour's.
      if (this.#keys.isFull(now)) throw tooManyRequests();
      this.#keys.add(now);
    }
    this.#minute.add(now);
    this.#hour.add(now);
  }

  /** What each answer says: the hour's window. */
  headers(now: number): RateLimitHeaders {
    return headersOf(this.#hour, now);
  }
}

function headersOf(window: SlidingWindow, now: number): RateLimitHeaders {
  const limit = window.limit === 0 ? 1_000_000 : window.limit;
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(Math.max(0, limit - window.count(now))),
    'ratelimit-reset': String(Math.ceil(window.expiresAt(now) / 1000)),
  };
}

const secondsUntil = (time: number, now: number): number => Math.max(1, Math.ceil((time - now) / 1000));
