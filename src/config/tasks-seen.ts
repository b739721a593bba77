// Where tasks ran when belt last looked for them: a cache, so that the next look can connect there before a manager has answered.
import { clusterKey } from './choices.ts';
import type { State } from './state.ts';

const FILE = 'tasks-seen.json';
/** The newest are kept. */
const MOST_KEPT = 500;

/** The id of the droplet where the task that was meant by the word ran last. What cannot be read counts as not seen. */
export function seenAt(state: State, cluster: string, word: string): number | undefined {
  try {
    return readPlaces(state.readJson(FILE)).get(keyOf(cluster, word));
  } catch {
    return undefined;
  }
}

/** Saves it where it is news; does not fail if the folder cannot be written to. */
export function rememberAt(state: State, cluster: string, word: string, droplet: number): void {
  if (seenAt(state, cluster, word) === droplet) return;
  try {
    state.updateJson(FILE, (kept) => {
      const places = readPlaces(kept);
      // Deleted first: the newest stand last.
      places.delete(keyOf(cluster, word));
      places.set(keyOf(cluster, word), droplet);
      return [...places].slice(-MOST_KEPT);
    });
  } catch {
    // The next look takes as long as this one.
  }
}

const keyOf = (cluster: string, word: string): string => `${clusterKey(cluster)} ${word}`;

const readPlaces = (kept: unknown): Map<string, number> => new Map(Array.isArray(kept) ? kept.filter(isEntry) : []);

const isEntry = (value: unknown): value is [string, number] =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isSafeInteger(value[1]);
