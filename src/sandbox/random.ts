// Reproducible random numbers: each thing draws from its own seed, so concurrency changes nothing.
import { createHash } from 'node:crypto';

/** Draws the next number in [0, 1). */
export type Random = () => number;

/** A generator that depends on nothing but the parts: the same parts draw the same numbers. */
export function seededRandom(...parts: (string | number)[]): Random {
  let state = digest(parts).readUInt32LE(0);
  // mulberry32: 32 bits of state are plenty for a few draws a droplet.
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A UUID that depends on nothing but the parts. */
export function seededUuid(...parts: (string | number)[]): string {
  const hex = digest(parts).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Draws from a normal distribution (Box–Muller). */
export function normal(random: Random, mean: number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return mean + deviation * radius * Math.cos(2 * Math.PI * random());
}

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

const digest = (parts: (string | number)[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest();
