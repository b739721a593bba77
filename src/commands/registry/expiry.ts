import { ageText } from '../../age.ts';

/** `in 29d`, `3h ago`: when something expires, or did. `nowMs` since the epoch. */
export function inTime(expires: string, nowMs: number): string {
  const ms = Date.parse(expires) - nowMs;
  return ms > 0 ? `in ${ageText(ms)}` : `${ageText(-ms)} ago`;
}
