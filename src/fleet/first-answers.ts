// The ways to several nodes, opened side by side by someone who can begin without those that do not answer.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { limited, TimedOut } from '../wait.ts';

export interface Opening {
  name: string;
  open: () => Promise<unknown>;
}

export interface FirstAnswersOptions {
  /** At most so many begin at a time. */
  atOnce: number;
  /** How much longer than the first that opened each of the others may take. */
  patienceMs: number;
}

/** One that is not open: it failed, or it is late, and is left to open later. */
export interface NotOpen<W> {
  way: W;
  error: unknown;
  isLate: boolean;
}

/** It may answer still. */
class Late extends TimedOut {}

/**
 * Opens all of them, and gives those that are not open once each of the others is: one that is powered off drops what is sent to it, and
 * would hold up everybody for as long as a login may take. None is late before one is open: there is nothing to begin with.
 * @throws when interrupted
 */
export async function firstAnswers<W extends Opening>(
  { clock, signal }: Pick<Context, 'clock' | 'signal'>,
  ways: readonly W[],
  { atOnce, patienceMs }: FirstAnswersOptions,
): Promise<NotOpen<W>[]> {
  const limit = pLimit(atOnce);
  const over = new AbortController();
  const waiting = { clock, signal: AbortSignal.any([signal, over.signal]) };
  const late = () => new Late(`no SSH connection within ${patienceMs / 1000} s`);
  let tell: (tookMs: number) => void;
  const first = new Promise<number>((resolve) => {
    tell = resolve;
  });

  /** Gives the login once it ended or is silent, when the next may begin. */
  const begin = async (way: W) => {
    const startMs = clock.now();
    const opening = way.open().then(() => tell(clock.now() - startMs));
    await limited(() => opening, { ...waiting, timeoutMs: patienceMs, late }).catch(() => {});
    return { opening, startMs };
  };
  const tooLate = async (startMs: number) => {
    // Where the first took long, as over a slow line, so may the others.
    const endMs = startMs + (await first) + patienceMs;
    await clock.sleep(endMs - clock.now(), waiting.signal);
    throw late();
  };
  const end = async (way: W): Promise<NotOpen<W>[]> => {
    const { opening, startMs } = await limit(begin, way);
    try {
      await Promise.race([opening, tooLate(startMs)]);
      return [];
    } catch (error) {
      signal.throwIfAborted();
      return [{ way, error, isLate: error instanceof Late }];
    }
  };
  try {
    return (await Promise.all(ways.map(end))).flat();
  } finally {
    over.abort();
  }
}
