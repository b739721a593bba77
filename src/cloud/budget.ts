// belt's own rate limit, so that it rarely hits DigitalOcean's: 250 requests a minute and 5,000 an hour
// (https://docs.digitalocean.com/reference/api/digitalocean/#section/Introduction/Rate-Limit).
import type { Clock } from '../clock.ts';

export interface Window {
  ms: number;
  most: number;
}

export const DIGITALOCEAN_LIMITS: readonly Window[] = [
  { ms: 60_000, most: 250 },
  { ms: 3_600_000, most: 5_000 },
];

export interface Budget {
  /** Waits until one more request is within every window, then counts it. */
  take(signal?: AbortSignal): Promise<void>;
}

/** A budget over sliding windows. Requests are served in the order in which they asked. */
export function budget(clock: Clock, windows: readonly Window[] = DIGITALOCEAN_LIMITS): Budget {
  const taken: number[] = [];
  const longest = Math.max(...windows.map((window) => window.ms));
  let queue: Promise<void> = Promise.resolve();

  const waitMs = (): number => {
    const now = clock.now();
    while (taken.length > 0 && taken[0]! <= now - longest) taken.shift();
    return Math.max(0, ...windows.map(({ ms, most }) => (taken[taken.length - most] ?? -Infinity) + ms - now));
  };

  const take = async (signal?: AbortSignal): Promise<void> => {
    for (let ms = waitMs(); ms > 0; ms = waitMs()) await clock.sleep(ms, signal);
    signal?.throwIfAborted();
    taken.push(clock.now());
  };

  return {
    take(signal) {
      const turn = queue.then(() => take(signal));
      queue = turn.catch(() => {});
      return turn;
    },
  };
}
