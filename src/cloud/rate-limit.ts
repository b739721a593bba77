// DigitalOcean's rate limit, from the headers of its answers: it applies to every request, and waiting for it is bounded.
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { backOff } from '../wait.ts';
import { foreignText } from './errors.ts';

export interface RateLimitOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Called when belt has to wait. */
  onWait?: ((line: string) => void) | undefined;
  /** How long belt waits for the limit in total. */
  budgetMs?: number | undefined;
}

export interface RateLimit {
  /** Waits until requests are welcome again. */
  past(): Promise<void>;
  /**
   * A request was refused, this many times in a row.
   * @throws BeltError when belt waits no longer
   */
  met(headers: IncomingHttpHeaders, timesInARow: number): void;
}

/** Longer waits than this are the user's to decide. */
export const LONGEST_WAIT_MS = 120_000;
/** All waits of a process for the limit, where the command has no `--timeout`. */
export const WAIT_BUDGET_MS = 300_000;
/** A request that is refused this often in a row is given up. */
export const MOST_IN_A_ROW = 12;
/** Requests in flight at the same time hit the same limit, which is reported once. */
const SAME_LIMIT_MS = 500;
/** DigitalOcean counts by the minute and by the hour: a wait of more than two is nonsense. */
const LONGEST_SANE_MS = 7_200_000;
/** When the answer has no usable header. */
const PLAIN_WAIT_MS = 1_000;
/** Whatever the answer says, the pauses grow. */
const floorMs = backOff(250, 30_000);

/** The limit of one token. */
export function rateLimit({ clock, signal, onWait, budgetMs = WAIT_BUDGET_MS }: RateLimitOptions): RateLimit {
  /** ms since the epoch. */
  let until = 0;
  let waitedMs = 0;
  return {
    past: async () => {
      for (let ms = until - clock.now(); ms > 0; ms = until - clock.now()) await clock.sleep(ms, signal);
    },
    met: (headers, timesInARow) => {
      const now = clock.now();
      const statedMs = waitMsOf(headers, now);
      if (statedMs !== undefined && statedMs > LONGEST_WAIT_MS) throw tooLong(headers, statedMs, now);
      if (timesInARow >= MOST_IN_A_ROW) throw givenUp(`a request was refused ${timesInARow} times in a row`);
      const then = now + Math.max(floorMs(timesInARow), statedMs ?? PLAIN_WAIT_MS);
      if (then <= until) return;
      // Concurrent requests wait until the same time.
      waitedMs += then - Math.max(now, until);
      if (waitedMs > budgetMs) throw givenUp(`waiting for it takes more than ${Math.ceil(budgetMs / 1000)} s in all`);
      if (then > until + SAME_LIMIT_MS) {
        onWait?.(`DigitalOcean's rate limit is reached: retrying in ${Math.ceil((then - now) / 1000)} s`);
      }
      until = then;
    },
  };
}

/**
 * `retry-after` comes only with the limit a minute; else `ratelimit-reset` says when the oldest request of the hour expires. Where
 * the hour has requests left, the limit is one of the endpoint's own (10 lists of keys a minute), of which no header tells.
 */
function waitMsOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const after = secondsOf(headers['retry-after']);
  if (after !== undefined) return after * 1000;
  if (Number(headers['ratelimit-remaining']) > 0) return undefined;
  const reset = secondsOf(headers['ratelimit-reset']);
  return reset === undefined ? undefined : Math.max(0, reset * 1000 - now);
}

/** A number of seconds, even an absurd one; undefined if it is not a number or negative. */
function secondsOf(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const seconds = Number(header);
  return seconds >= 0 ? seconds : undefined;
}

function tooLong(headers: IncomingHttpHeaders, waitMs: number, now: number): BeltError {
  if (waitMs <= LONGEST_SANE_MS) {
    return new BeltError(
      `DigitalOcean's hourly rate limit is exhausted until ${new Date(now + waitMs).toISOString()}`,
      {
        hint: 'run the same command again after that',
      },
    );
  }
  const [name, value] = ['retry-after', 'ratelimit-reset'].map((key) => [key, headers[key]]).find(([, at]) => at)!;
  return givenUp(
    `the response says ${name}: ${foreignText(String(value), { most: 40 })}, which is longer than belt waits`,
  );
}

const givenUp = (why: string): BeltError =>
  new BeltError(`DigitalOcean's rate limit is reached, and ${why}`, {
    hint: 'something else may be using up this token’s limit: run the same command again later',
  });
