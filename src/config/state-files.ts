// Files in a folder that only belt writes. No symbolic link is followed, nothing of somebody else's is read or overwritten, and a
// file is replaced atomically: written and synced under a name that nobody can guess, then renamed over the old one.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { BeltError } from '../errors.ts';

/** A folder that belongs to belt from here down. What is above it is up to the user. */
export interface OwnFolder {
  /** Absolute. */
  root: string;
  /** Users may keep the whole folder elsewhere behind a symbolic link; a folder that came with a project may not be one. */
  mayBeLink?: boolean;
  /** The user's group may write to it, as to the rest of a project. */
  groupMayWrite?: boolean;
  /** What the user can do when it cannot be written to. */
  hint?: string;
}

const LARGEST_BYTES = 64 * 1024 * 1024;
const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = constants;
// Windows has neither.
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK = constants.O_NONBLOCK ?? 0;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'its folder is a file',
  EEXIST: 'its folder is a file',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a symbolic link',
  EMFILE: 'too many files are open',
  ENFILE: 'the system has too many open files',
  ENAMETOOLONG: 'its name is too long',
};

const LIMIT = 'close some programs or raise the limit (ulimit -n 4096), then run the same command again';
const HINTS: Readonly<Record<string, string>> = {
  EMFILE: LIMIT,
  ENFILE: LIMIT,
  ELOOP: 'belt follows no links there: put the file itself in its place',
};
const MEND = 'free some space or fix the folder (BELT_STATE_DIR sets another), then run the same command again';

/** A file or folder that belt will not touch: what is wrong with it, and the command that fixes it. */
class Refused extends Error {
  readonly hint: string;

  constructor(reason: string, hint: string) {
    super(reason);
    this.hint = hint;
  }
}

/** The file's text; undefined when there is none. @throws BeltError for one that is a symbolic link, somebody else's or too large */
export function readOwnFile(folder: OwnFolder, path: string): string | undefined {
  let fd: number | undefined;
  try {
    checkFolders(folder, dirname(path));
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    checkFile(path, fstatSync(fd));
    return readFileSync(fd, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(folder, 'read', path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Replaces a file atomically, 0600; creates its folders, 0700. @throws BeltError */
export function replaceOwnFile(folder: OwnFolder, path: string, text: string): void {
  const fresh = freshName(path);
  try {
    makeFolders(folder, dirname(path));
    const old = lstatSync(path, { throwIfNoEntry: false });
    if (old && !old.isDirectory()) checkFile(path, old);
    writeFresh(fresh, text);
    renameSync(fresh, path);
  } catch (error) {
    unlinkIfThere(fresh);
    throw fileError(folder, 'write', path, error);
  }
}

/** One that is not there counts as removed. @throws BeltError */
export function removeOwnFile(folder: OwnFolder, path: string): void {
  try {
    checkFolders(folder, dirname(path));
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw fileError(folder, 'remove', path, error);
  }
}

/** Creates the missing folders. @throws BeltError when a file in the last of them could not be written */
export function checkWritable(folder: OwnFolder, path: string): void {
  const probe = freshName(join(path, 'probe'));
  try {
    makeFolders(folder, path);
    closeSync(openSync(probe, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    unlinkSync(probe);
  } catch (error) {
    throw fileError(folder, 'write to', path, error);
  }
}

/** A name next to the file's that nobody can guess; such names are not listed. */
export const freshName = (path: string): string => `${path}.${crypto.randomUUID()}.new`;

export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The error for a file that could not be read or written, with its reason in words. */
export function fileError({ hint = MEND }: OwnFolder, verb: string, path: string, error: unknown): BeltError {
  if (error instanceof BeltError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = error instanceof Refused ? message : (REASONS[code] ?? message);
  return new BeltError(`cannot ${verb} ${path}: ${reason}`, {
    cause: error,
    hint: error instanceof Refused ? error.hint : (HINTS[code] ?? hint),
  });
}

/** Creates the folders from the root down to this one, each only accessible to the user. */
export function makeFolders(folder: OwnFolder, path: string): void {
  mkdirSync(dirname(folder.root), { recursive: true, mode: 0o700 });
  for (const each of foldersTo(folder, path)) {
    if (lstatSync(each, { throwIfNoEntry: false }) === undefined) {
      try {
        mkdirSync(each, { mode: 0o700 });
      } catch (error) {
        // Another belt was quicker: what it created is checked like any other.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    checkFolder(folder, each);
  }
}

function checkFolders(folder: OwnFolder, path: string): void {
  for (const each of foldersTo(folder, path)) checkFolder(folder, each);
}

function foldersTo({ root }: OwnFolder, path: string): string[] {
  const below = relative(root, path);
  const parts = below === '' ? [] : below.split(sep);
  return [root, ...parts.map((_, n) => join(root, ...parts.slice(0, n + 1)))];
}

function checkFolder({ root, mayBeLink = false, groupMayWrite = false }: OwnFolder, path: string): void {
  const link = lstatSync(path);
  if (link.isSymbolicLink() && !(mayBeLink && path === root)) {
    throw new Refused(`${path} is a symbolic link`, `replace it with a folder: rm ${path}`);
  }
  const stats = statSync(path);
  if (!stats.isDirectory()) throw Object.assign(new Error('ENOTDIR'), { code: 'ENOTDIR' });
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user || link.uid !== user) {
    throw new Refused(`${path} belongs to another user`, `if it should be yours: chown -R $(id -u) ${path}`);
  }
  if ((stats.mode & (groupMayWrite ? 0o002 : 0o022)) !== 0) {
    throw new Refused(`others can write to ${path}`, `chmod go-w ${path}`);
  }
}

function checkFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
  if (stats.isSymbolicLink()) throw Object.assign(new Error('ELOOP'), { code: 'ELOOP' });
  if (!stats.isFile()) throw new Refused('it is not a regular file', `remove it: rm ${path}`);
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) {
    throw new Refused('it belongs to another user', `remove it: rm ${path}`);
  }
  if (stats.size > LARGEST_BYTES) throw new Refused('it is larger than 64 MiB', `remove it: rm ${path}`);
}

function writeFresh(path: string, text: string): void {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There was none: another error is the one to report.
  }
}
