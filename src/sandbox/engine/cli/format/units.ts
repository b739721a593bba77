// Times and sizes in docker's words.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `Less than a second`, `About a minute`, `3 hours`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / SECOND);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(ms / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(ms / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(ms / DAY);
  if (days < 14) return `${days} days`;
  if (days < 60) return `${Math.floor(days / 7)} weeks`;
  if (days < 365 * 2) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}

/** How long ago an ISO time was, as in `Running 3 seconds ago`. */
export const ago = (iso: string): string => `${humanDuration(Date.now() - Date.parse(iso)).toLowerCase()} ago`;

/** Nanoseconds as Go prints a duration: `5s`, `1m30s`, `250ms`. */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds < 1e9) return nanoseconds >= 1e6 ? `${nanoseconds / 1e6}ms` : `${nanoseconds}ns`;
  const seconds = nanoseconds / 1e9;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours > 0 ? `${hours}h` : ''}${seconds >= 60 ? `${minutes}m` : ''}${seconds % 60}s`;
}

/** `192MB`: powers of 1000, three digits. */
export function humanSize(bytes: number, digits = 3): string {
  return inUnits(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB'], digits);
}

/** `512MiB`: powers of 1024, four digits. */
export function bytesSize(bytes: number): string {
  return inUnits(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 4);
}

function inUnits(bytes: number, base: number, units: string[], digits: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= base && unit < units.length - 1) {
    size /= base;
    unit++;
  }
  return `${Number(size.toPrecision(digits))}${units[unit]}`;
}
