// All of belt's waiting: polling until a condition holds, retrying until something works, and time limits.
// Each has a clock, a signal and a deadline (design rule 7).
import type { Clock } from './clock.ts';
import { BeltError } from './errors.ts';

/** What every wait needs. */
export interface Waiting {
  clock: Clock;
  /** Ends the wait at once; it rejects with the signal's reason. */
  signal: AbortSignal;
  /** Gives up at this time, ms since the epoch. */
  deadline: number;
}

/** Something did not finish in time. */
export class TimedOut extends BeltError {
  override readonly name: string = 'TimedOut';
}

/**
 * Calls `look` until it returns a value, every `intervalMs`, or after a growing pause where that is a function of the number
 * of looks so far. Returns undefined at the deadline. What `look` throws ends the wait.
 */
export async function poll<T>(
  look: () => Promise<T | undefined> | T | undefined,
  { clock, signal, deadline, intervalMs }: Waiting & { intervalMs: number | ((looks: number) => number) },
): Promise<T | undefined> {
  for (let looks = 1; ; looks++) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    const leftMs = deadline - clock.now();
    if (leftMs <= 0) return undefined;
    const pauseMs = typeof intervalMs === 'number' ? intervalMs : intervalMs(looks);
    await clock.sleep(Math.min(pauseMs, leftMs), signal);
  }
}

/**
 * Retries until it works. An error that is not `isPassing` is thrown at once; the last one at the deadline, or when
 * the pauses are used up. Between two tries it pauses according to `pausesMs`: a list, or a function of the number of tries so far
 * and of the error, which gives none when there is nothing to wait for.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  {
    clock,
    signal,
    deadline,
    isPassing,
    pausesMs,
    onFailure,
  }: Waiting & {
    isPassing: (error: unknown) => boolean;
    pausesMs: readonly number[] | ((tries: number, error: unknown) => number | undefined);
    /** Called for each failure that is retried. */
    onFailure?: (error: unknown) => void;
  },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = typeof pausesMs === 'function' ? pausesMs(tries, error) : pausesMs[tries - 1];
      const leftMs = deadline - clock.now();
      if (!isPassing(error) || pauseMs === undefined || leftMs <= 0) throw error;
      onFailure?.(error);
      await clock.sleep(Math.min(pauseMs, leftMs), signal);
    }
  }
}

/** A pause that doubles with each try, from `firstMs` to at most `mostMs`. */
export const backOff =
  (firstMs: number, mostMs: number) =>
  (tries: number): number =>
    Math.min(mostMs, firstMs * 2 ** Math.min(tries - 1, 30));

/**
 * What `work` gives, or the signal's reason as soon as that is aborted. Nothing stays with a signal that lasts longer, as it would with
 * a promise: that keeps everything that was ever raced against it.
 */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    const forget = () => signal.removeEventListener('abort', aborted);
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(forget);
  });
}

/**
 * A controller that is aborted with `signal`, until `forget`. Unlike a signal of AbortSignal.any, it leaves nothing with one that lasts
 * longer.
 */
export function abortedWith(signal: AbortSignal): { own: AbortController; forget: () => void } {
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return { own, forget: () => signal.removeEventListener('abort', abort) };
}

/**
 * The task's result, or an error when it takes longer than `timeoutMs` or the signal is aborted, whatever the task does. The
 * task's own signal is aborted then, so that it can release what it holds.
 * @throws TimedOut saying `late`, or what `late` makes of it
 */
export async function limited<T>(
  task: (signal: AbortSignal) => Promise<T>,
  { clock, signal, timeoutMs, late }: Omit<Waiting, 'deadline'> & { timeoutMs: number; late: string | (() => Error) },
): Promise<T> {
  signal.throwIfAborted();
  const { own, forget } = abortedWith(signal);
  // A sleep that lasts longer than the task ends with it.
  const timer = clock.sleep(Math.max(0, timeoutMs), own.signal).then(
    () => own.abort(typeof late === 'string' ? new TimedOut(late) : late()),
    () => {},
  );
  try {
    return await orAborted(task(own.signal), own.signal);
  } finally {
    forget();
    own.abort(new Error('done'));
    await timer;
  }
}
