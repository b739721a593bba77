// What DigitalOcean lets a droplet be called.
import { UsageError } from '../errors.ts';
import { pointTo, shorten } from './errors.ts';

const LONGEST = 255;

/**
 * Throws a UsageError that names the character at fault unless the name is one DigitalOcean takes:
 * `^[a-zA-Z0-9]?[a-z0-9A-Z.\-]*[a-z0-9A-Z]$`, at most 255 long (its API description, droplet_create).
 */
export function checkDropletName(name: string): void {
  if (name === '') throw new UsageError('a droplet name cannot be empty');
  const odd = /[^a-zA-Z0-9.-]/u.exec(name);
  if (odd) {
    const char = /[\s\p{C}]/u.test(odd[0]) && odd[0] !== ' ' ? JSON.stringify(odd[0]) : `"${odd[0]}"`;
    throw new UsageError(
      `${shorten(name)}: a droplet name cannot contain ${char} (only letters, digits, "-" and ".")`,
      {
        lines: pointTo(name, odd.index),
      },
    );
  }
  if (!/[a-zA-Z0-9]$/.test(name)) {
    throw new UsageError(`${shorten(name)}: a droplet name must end with a letter or a digit, not "${name.at(-1)}"`, {
      lines: pointTo(name, name.length - 1),
    });
  }
  if (name.length > LONGEST) {
    throw new UsageError(`${shorten(name)}: a droplet name can have at most ${LONGEST} characters, not ${name.length}`);
  }
}
