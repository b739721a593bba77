// Changes that name the version of what they change (Engine API, `POST /nodes/{id}/update`, `POST /swarm/update`).
import { messageOf } from '../errors.ts';

export const TRIES = 5;

/** Somebody else changed it in the meantime. */
export const isOutOfSequence = (error: unknown): boolean => /out of sequence/.test(messageOf(error));

/** If somebody else changed it in the meantime, retries from the current version. */
export async function inSequence(change: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!isOutOfSequence(error) || tries >= TRIES) throw error;
    }
  }
}
