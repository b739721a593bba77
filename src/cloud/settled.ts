// Things that the account has once by their name (VPCs, firewalls, keys): made once, whatever becomes of the answers.
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import { Ambiguous, CloudError } from './errors.ts';

export interface MakeOnceOptions<T> {
  make: () => Promise<T>;
  /** Looks whether it is there. */
  find: () => Promise<T | undefined>;
  clock: Clock;
  signal: AbortSignal;
}

/** How often it is asked for before belt gives up. */
const TRIES = 4;
/** How long a request that was cut off may still be at work, in ms. */
const SETTLE_MS = 2_000;
/** What DigitalOcean answers when a name is taken. */
const TAKEN = [409, 422];

/**
 * Makes it; after an ambiguous answer belt looks before it asks again (design rule 2). One that another run made meanwhile counts as made.
 * @throws BeltError when it was refused, or no answer was a clear one
 */
export async function makeOnce<T>({ make, find, clock, signal }: MakeOnceOptions<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await make();
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
