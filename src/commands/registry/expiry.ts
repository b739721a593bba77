const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const;

/** `in 30d`, `3h ago`, to the nearest unit: when something expires, or did. `nowMs` since the epoch. */
export function inTime(expires: string, nowMs: number): string {
  const ms = Date.parse(expires) - nowMs;
  const size = Math.abs(ms);
  const [unit, unitMs] = UNITS.find(([, length]) => Math.round(size / length) > 0) ?? ['s', 1000];
  const text = `${Math.round(size / unitMs)}${unit}`;
  return ms > 0 ? `in ${text}` : `${text} ago`;
}
