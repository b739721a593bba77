// The real files behind loadSettings. A file that is merely found is not trusted: somebody else may have put it there.
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { systemClock } from '../clock.ts';
import { readTypedFile, readUserFile, UnfitFile } from '../user-file.ts';
import { chosenCluster } from './projects.ts';
import { accountsFile, isReadableByOthers, storedAccount } from './stored-accounts.ts';
import type { RefusedFile, SettingsFile, SettingsFiles } from './types.ts';

const MISSING = new Set(['ENOENT', 'ENOTDIR']);

export const nodeFiles: SettingsFiles = {
  named: async (path, { signal }) => {
    try {
      return await namedFile(path, signal);
    } catch (error) {
      return whyNone(error);
    }
  },
  found: (path, { home }) => {
    try {
      return foundFile(path, home);
    } catch (error) {
      return whyNone(error);
    }
  },
  real: (path) => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
  chosenCluster,
  account: (user, name) => {
    const account = storedAccount(user, name);
    if (!account || !isReadableByOthers(user)) return account;
    const path = accountsFile(user);
    return { ...account, warning: `${path} contains tokens and others can read it: chmod 600 ${path}` };
  },
  keyringToken: async (...asked) => (await import('./keyring.ts')).keyringToken(...asked),
};

/** Undefined for what is not there. Throws what is neither. */
function whyNone(error: unknown): RefusedFile | undefined {
  if (isMissing(error)) return undefined;
  if (error instanceof UnfitFile) return { refused: error.message.replace(/^it /, '') };
  throw error;
}

const isMissing = (error: unknown): boolean => MISSING.has((error as NodeJS.ErrnoException).code ?? '');

async function namedFile(path: string, signal = new AbortController().signal): Promise<SettingsFile> {
  const { text, stats } = await readTypedFile(path, { clock: systemClock, signal });
  const regular = stats.isFile();
  // A pipe connects the user's own processes.
  return { text, mode: regular ? modeOf(stats) : 0o600, regular };
}

function foundFile(path: string, home: boolean): SettingsFile | RefusedFile {
  const link = lstatSync(path);
  if (!isOwn(link)) return BELONGS;
  if (link.isSymbolicLink()) {
    const refused = refusedLink(path, home);
    if (refused) return refused;
  }
  const { text, stats } = readUserFile(path);
  if (!isOwn(stats)) return BELONGS;
  return othersMayWrite(path, stats) ?? { text, mode: modeOf(stats), regular: true };
}

const BELONGS: RefusedFile = { refused: 'belongs to another user' };

/** Whether it belongs to the user or to root. Windows reports no owner. */
const isOwn = ({ uid }: Stats): boolean => process.getuid === undefined || [0, process.getuid()].includes(uid);

/** In the home a link is the user's own. In a project it may have come with it, and lead to any file of the user's. */
function refusedLink(path: string, home: boolean): RefusedFile | undefined {
  try {
    const target = realpathSync(path);
    if (home || target.startsWith(withEnd(realpathSync(dirname(path))))) return undefined;
    return { refused: 'is a symbolic link out of its folder' };
  } catch (error) {
    if (isMissing(error)) return { refused: 'is a broken symbolic link' };
    throw error;
  }
}

const withEnd = (folder: string): string => (folder.endsWith(sep) ? folder : folder + sep);

function othersMayWrite(path: string, { mode }: Stats): RefusedFile | undefined {
  if (process.platform === 'win32') return undefined;
  if ((mode & 0o002) !== 0) return { refused: 'is writable by everybody', hint: `chmod o-w ${path}` };
  const folder = dirname(path);
  const folderMode = statSync(folder).mode;
  // In a folder such as /tmp only the owner of a file can put another in its place.
  const isOpen = (folderMode & 0o002) !== 0 && (folderMode & 0o1000) === 0;
  return isOpen ? { refused: 'is in a folder that is writable by everybody', hint: `chmod o-w ${folder}` } : undefined;
}

// Windows has no such bits, and Node reports all of them as set.
const modeOf = ({ mode }: Stats): number => (process.platform === 'win32' ? 0o600 : mode & 0o777);
