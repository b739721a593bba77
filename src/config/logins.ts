// Which of the user's keys worked for which droplet: a cache, so that the right one is offered first the next time.
import type { State } from './state.ts';

const FILE = 'logins.json';
/** Droplets come and go; the newest entries are kept. */
const MOST_KEPT = 2_000;

/** Pairs of a droplet's id and the key's MD5 fingerprint, the newest last. Anything else is ignored. */
function readLogins(state: State): [number, string][] {
  let kept: unknown;
  try {
    kept = state.readJson(FILE);
  } catch {
    return [];
  }
  return Array.isArray(kept) ? kept.filter(isLogin) : [];
}

const isLogin = (value: unknown): value is [number, string] =>
  Array.isArray(value) && value.length === 2 && Number.isInteger(value[0]) && typeof value[1] === 'string';

/** The fingerprint of the key that this droplet last accepted, then those that others accepted, the newest first. */
export const knownLogins = (state: State, id: number): string[] => loginsIn(state)(id);

/** The same for many droplets, read once. */
export function loginsIn(state: State): (id: number) => string[] {
  const logins = readLogins(state);
  const newest = logins.toReversed().map(([, fingerprint]) => fingerprint);
  return (id) => {
    const own = logins.filter(([one]) => one === id).map(([, fingerprint]) => fingerprint);
    return [...new Set([...own, ...newest])];
  };
}

/** Saves it; does not fail if the folder cannot be written to. */
export function rememberLogin(state: State, id: number, fingerprint: string): void {
  try {
    const others = readLogins(state).filter(([one]) => one !== id);
    state.writeJson(FILE, [...others.slice(1 - MOST_KEPT), [id, fingerprint]]);
  } catch {
    // The next login just tries the keys in the old order.
  }
}
