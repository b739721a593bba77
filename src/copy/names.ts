// Names that a copy has: temporary ones, and names from elsewhere that are refused.
import { createHash } from 'node:crypto';

/** The longest name of a file on Linux, in bytes. */
const LONGEST = 255;

/**
 * Why a name that a node tells is not used for a file here; undefined for one that is. It is one step of a path: it must not lead
 * out of its folder, and must not steer the terminal or the script that lists it later.
 */
export function whyRefused(name: string): string | undefined {
  if (process.platform === 'win32' && /[\\:]|[. ]$/.test(name)) return 'Windows cannot have its name';
  if (name === '' || name === '.' || name === '..' || name.includes('/')) return 'its name leads out of its folder';
  if (/\p{Cc}/u.test(name)) return 'its name has control characters';
  return notText(name);
}

/** A name that is no UTF-8 would be another one after it was read. */
export const notText = (name: string): string | undefined =>
  name.includes('\ufffd') ? 'its name is not UTF-8' : undefined;

/**
 * The name under which a file is copied until it is whole. It is the same for the same source, so that an interrupted copy is
 * found again, and another for another or a changed one, so that two copies do not write to the same file.
 */
export function temporaryName(name: string, source: readonly (string | number | bigint)[]): string {
  const key = createHash('sha256').update(source.join('\0')).digest('hex').slice(0, 8);
  const rest = `.belt-${key}`;
  let kept = name;
  while (Buffer.byteLength(`.${kept}${rest}`) > LONGEST) kept = [...kept].slice(0, -1).join('');
  return `.${kept}${rest}`;
}
