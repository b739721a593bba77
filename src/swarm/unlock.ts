// Managers that locked themselves when they restarted.
import { EngineError } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';
import type { NodeEngine } from './node-engine.ts';

/** The command to unlock a node by hand. */
export const unlockWords = (name: string): string => `belt --host ${name} docker swarm unlock`;

/** Unlocks a manager with the key; does nothing if it is not locked. @throws BeltError when the key is wrong */
export async function unlock({ name, engine }: NodeEngine, key: string): Promise<void> {
  try {
    await engine.unlock(key);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status === 409) return;
    // 400: not of a key's form; 401: not the key (moby, daemon/cluster/errors.go).
    if (error.status !== 400 && error.status !== 401) throw error;
    throw new BeltError(`${name} is locked, and the swarm's current key does not unlock it`, {
      hint: `unlock it with the key from before its restart: ${unlockWords(name)}`,
    });
  }
}
