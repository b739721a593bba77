// How long ago something was, as tables show it.

/** `40s`, `12m`, `3h`, `5d`: how long ago a time was that an API wrote; `?` where it cannot be read. `nowMs` since the epoch. */
export const ageOf = (time: string | null | undefined, nowMs: number): string =>
  ageText(nowMs - Date.parse(time ?? ''));

/** The same for a time in ms. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (Number.isNaN(seconds)) return '?';
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
