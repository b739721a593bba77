import os from 'node:os';
import { isAbsolute } from 'node:path';
import { UsageError } from './errors.ts';

/** The home that OpenSSH looks in, whatever HOME says: that of the user database. Undefined where there is none, and on Windows. */
export function databaseHome(): string | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    const { homedir } = os.userInfo();
    return isAbsolute(homedir) ? homedir : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The user's home folder: HOME, else that of the passwd entry. What HOME says counts only as an absolute path: an empty or
 * relative one would make whatever folder belt runs in the home, and a file in the home is trusted with the token.
 * @throws UsageError when the user has none
 */
export function homeFolder({ HOME }: Readonly<Record<string, string | undefined>>): string {
  if (HOME && isAbsolute(HOME)) return HOME;
  const hint = 'set one: export HOME=/path/to/a/directory';
  if (HOME) throw new UsageError(`HOME=${JSON.stringify(HOME)} is not an absolute path`, { hint });
  let home = '';
  try {
    // Not os.homedir(): that is HOME, also where it is empty.
    home = os.userInfo().homedir;
  } catch (cause) {
    throw new UsageError('this user has no home directory', { hint, cause });
  }
  if (!isAbsolute(home)) throw new UsageError('this user has no home directory', { hint });
  return home;
}
