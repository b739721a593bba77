// Droplets that were just deleted. DigitalOcean's lists show them a little longer, and what shows one again would be believed:
// by `ls`, by the cache of nodes, and then by `create`, which finds its name taken.
import type { State } from './state.ts';

const FILE = 'gone.json';
/** No list was seen to lag this long. After that a list is believed again, whatever stands here. */
const LAGS_AT_MOST_MS = 120_000;

/** Ids of droplets that were gone a short while ago. `now` in ms since the epoch. */
export const goneDroplets = (state: State, now: number): ReadonlySet<number> =>
  new Set(recent(state.readJson(FILE), now).keys());

/** These do not exist any more: the request for the id of each said so. Does not fail if the folder cannot be written to. */
export function rememberGone(state: State, gone: readonly { id: number }[], now: number): void {
  try {
    state.updateJson(FILE, (kept) => {
      const all = recent(kept, now);
      for (const { id } of gone) all.set(id, now);
      return Object.fromEntries(all);
    });
  } catch {
    // Lists that lag show them.
  }
}

/** This one exists: the request for its id said so. Does not fail if the folder cannot be written to. */
export function rememberFound(state: State, id: number, now: number): void {
  try {
    if (!goneDroplets(state, now).has(id)) return;
    state.updateJson(FILE, (kept) => {
      const all = recent(kept, now);
      all.delete(id);
      return Object.fromEntries(all);
    });
  } catch {
    // It is shown again in two minutes.
  }
}

/** By id, when each was gone. A clock that was set back makes an entry count as missing. */
function recent(kept: unknown, now: number): Map<number, number> {
  const entries = Object.entries(typeof kept === 'object' && kept !== null ? kept : {});
  return new Map(
    entries.flatMap(([id, at]) =>
      typeof at === 'number' && at <= now && now - at < LAGS_AT_MOST_MS ? [[Number(id), at]] : [],
    ),
  );
}
