import { UsageError } from '../../errors.ts';

const UNIT_S = { m: 60, h: 3_600, d: 86_400 } as const;
const MOST_S = 10 * 365 * UNIT_S.d;

/** Seconds in `12h`. @throws UsageError */
export function readLifetime(given: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(given) ?? [];
  const seconds = Number(count) * UNIT_S[unit as keyof typeof UNIT_S];
  if (seconds > 0 && seconds <= MOST_S) return seconds;
  throw new UsageError(`--expires: invalid time ${JSON.stringify(given)}`, { hint: 'such as 12h or 30d' });
}
