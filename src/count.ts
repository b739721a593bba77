/** `1 droplet`, `2 droplets`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A time in ms, in words: `10 minutes`. */
export function timeWords(ms: number): string {
  if (ms % 3_600_000 === 0) return count(ms / 3_600_000, 'hour');
  return ms % 60_000 === 0 ? count(ms / 60_000, 'minute') : count(ms / 1000, 'second');
}
