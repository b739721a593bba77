// What DigitalOcean offered when it was last asked, for the shell to complete words with: nothing else relies on it.
import type { State } from './state.ts';

const FILE = 'offered.json';

export interface Offered {
  sizes: string[];
  regions: string[];
  /** Those that were used, the last one first, and those that were listed. */
  images: string[];
}

/** Nothing where nothing was asked yet. */
export function offered(state: State): Offered {
  const { sizes, regions, images } = state.readJson<Partial<Record<keyof Offered, unknown>>>(FILE) ?? {};
  return { sizes: texts(sizes), regions: texts(regions), images: texts(images) };
}

/** Does not fail if the folder cannot be written to. */
export function rememberOffered(state: State, change: (before: Offered) => Partial<Offered>): void {
  try {
    const before = offered(state);
    const after = { ...before, ...change(before) };
    if (JSON.stringify(after) !== JSON.stringify(before)) state.writeJson(FILE, after);
  } catch {
    // Words are completed from an older one.
  }
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
