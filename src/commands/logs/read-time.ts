import { UsageError } from '../../errors.ts';

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const DURATION = /(\d+(?:\.\d+)?)(ms|[dhms])/g;

/**
 * A time as the Engine API takes it, in seconds since the epoch: of how long ago it was (`1h30m`), a date, or seconds since the epoch.
 * `nowMs` is in ms since the epoch.
 * @throws UsageError naming the option
 */
export function readTime(option: string, given: string, nowMs: number): string {
  if (/^\d+(\.\d{1,9})?$/.test(given)) return given;
  const ms = /^(\d+(\.\d+)?(ms|[dhms]))+$/.test(given)
    ? nowMs - ago(given)
    : /^\d{4}-\d\d-\d\d/.test(given)
      ? Date.parse(given)
      : Number.NaN;
  if (Number.isNaN(ms) || ms < 0) {
    throw new UsageError(`${option}: invalid time ${JSON.stringify(given)}`, {
      hint: 'how long ago (10m, 1h30m, 2d), a date (2026-11-30T06:00:00Z), or seconds since 1970',
    });
  }
  return (ms / 1000).toFixed(3);
}

const ago = (given: string): number =>
  [...given.matchAll(DURATION)].reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit as keyof typeof UNITS], 0);
