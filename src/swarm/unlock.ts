// Managers that locked themselves when they restarted.
import { EngineError } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';
import type { Member } from './member.ts';

/** The command with which a person gives a node the key. */
export const unlockWords = (name: string): string => `belt --host ${name} docker swarm unlock`;

/** Opens a manager with the key. One that is open already is left as it is. @throws BeltError when it is not the key */
export async function unlock({ name, engine }: Member, key: string): Promise<void> {
  try {
    await engine.unlock(key);
  } catch (error) {
    if (!(error instanceof EngineError) || error.status === 0) throw error;
    if (error.status === 409) return;
    if (error.status !== 400) throw error;
    throw new BeltError(`${name} is locked, and the swarm's current key does not unlock it`, {
      hint: `unlock it with the key from before its restart: ${unlockWords(name)}`,
    });
  }
}
