// Changes that name the version of what they change (Engine API, `POST /nodes/{id}/update`, `POST /swarm/update`).
import { messageOf } from '../errors.ts';

const TRIES = 5;

/** When somebody else changed it meanwhile, does it once more, from what it is then. */
export async function inSequence(change: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await change();
    } catch (error) {
      if (!/out of sequence/.test(messageOf(error)) || tries >= TRIES) throw error;
    }
  }
}
