// Requests that create something, repeated until an answer is clear: for things with a unique name in the account (VPCs, firewalls, keys),
// created once whatever happens to the answers, and for tags, which may be created any number of times.
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import { Ambiguous, CloudError } from './errors.ts';

/** What a Context has. */
export interface Patience {
  clock: Clock;
  signal: AbortSignal;
}

export interface CreateOnce<T> {
  create: () => Promise<T>;
  /** Looks whether it exists. */
  find: () => Promise<T | undefined>;
}

/** How often it is requested before belt gives up. */
const TRIES = 4;
/** How long an aborted request may still be in progress, in ms. */
const SETTLE_MS = 2_000;
/** What DigitalOcean answers when a name is taken. */
const TAKEN = [409, 422];

/**
 * Creates what can be there only once: after an ambiguous answer belt looks before it repeats the request (design rule 2). One that
 * another run created in the meantime counts.
 * @throws BeltError when it was refused, or no answer was conclusive
 */
export async function createOnce<T>({ create, find }: CreateOnce<T>, { clock, signal }: Patience): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await create();
    } catch (error) {
      signal.throwIfAborted();
      const unclear = error instanceof Ambiguous;
      const taken = error instanceof CloudError && TAKEN.includes(error.status);
      if (!unclear && !taken) throw error;
      await clock.sleep(SETTLE_MS, signal);
      const found = await find();
      if (found !== undefined) return found;
      if (taken) throw error;
      if (tries >= TRIES) throw new BeltError(messageOf(error), { hint: 'run the same command again', cause: error });
    }
  }
}

/** The same for what may be created any number of times, such as a tag: nobody needs to look. */
export const createIdempotent = <T>(create: () => Promise<T>, patience: Patience): Promise<T> =>
  createOnce({ create, find: async () => undefined }, patience);
