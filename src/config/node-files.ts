// The real files behind loadSettings. A file that is merely found is not trusted: somebody else may have put it there.
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, sep } from 'node:path';
import { systemClock } from '../clock.ts';
import { poll } from '../wait.ts';
import { chosenCluster } from './projects.ts';
import type { RefusedFile, SettingsFile, SettingsFiles } from './types.ts';

const MISSING = new Set(['ENOENT', 'ENOTDIR']);
const LARGEST_BYTES = 1024 * 1024;
const PIPE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 10;
const TOO_LARGE: RefusedFile = { refused: 'is larger than 1 MiB' };
/** Opening a pipe that nobody writes to must not block belt. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

export const nodeFiles: SettingsFiles = {
  named: (path, { signal }) => whereThere(() => namedFile(path, signal)),
  found: (path, { home }) => {
    try {
      return foundFile(path, home);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
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
};

async function whereThere<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => MISSING.has((error as NodeJS.ErrnoException).code ?? '');

async function namedFile(path: string, signal?: AbortSignal): Promise<SettingsFile | RefusedFile> {
  const fd = openSync(path, READ);
  try {
    const stats = fstatSync(fd);
    if (stats.isFile()) return wholeFile(fd, stats);
    return await pipeText(fd, signal);
  } finally {
    closeSync(fd);
  }
}

function foundFile(path: string, home: boolean): SettingsFile | RefusedFile {
  const link = lstatSync(path);
  if (!isOwn(link)) return BELONGS;
  if (link.isSymbolicLink()) {
    const refused = refusedLink(path, home);
    if (refused) return refused;
  }
  const target = statSync(path);
  if (target.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (!target.isFile()) return { refused: 'is not a regular file' };
  const fd = openSync(path, READ);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return { refused: 'is not a regular file' };
    if (!isOwn(stats)) return BELONGS;
    return othersMayWrite(path, stats) ?? wholeFile(fd, stats);
  } finally {
    closeSync(fd);
  }
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

function wholeFile(fd: number, stats: Stats): SettingsFile | RefusedFile {
  const text = available(fd, Buffer.alloc(0));
  return text === 'too large' ? TOO_LARGE : { text: text.toString('utf8'), mode: modeOf(stats), regular: true };
}

/** Reads until the writer closes it. */
async function pipeText(fd: number, signal: AbortSignal = new AbortController().signal) {
  let got: Buffer = Buffer.alloc(0);
  const deadline = systemClock.now() + PIPE_WITHIN_MS;
  const read = () => {
    try {
      return available(fd, got, (more) => {
        got = more;
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
      throw error;
    }
  };
  const whole = await poll(read, { clock: systemClock, signal, deadline, intervalMs: LOOK_EVERY_MS });
  if (whole === undefined) return { refused: `was not complete within ${PIPE_WITHIN_MS / 1000} s` };
  // A pipe connects the user's own processes.
  return whole === 'too large' ? TOO_LARGE : { text: whole.toString('utf8'), mode: 0o600, regular: false };
}

/** Reads to the end, or as far as a settings file may go. Throws EAGAIN where more is to come. */
function available(fd: number, before: Buffer, keep: (got: Buffer) => void = () => {}): Buffer | 'too large' {
  const chunk = Buffer.alloc(64 * 1024);
  for (let got = before; ; ) {
    const count = readSync(fd, chunk);
    if (count === 0) return got;
    got = Buffer.concat([got, chunk.subarray(0, count)]);
    keep(got);
    if (got.length > LARGEST_BYTES) return 'too large';
  }
}

// Windows has no such bits, and Node reports all of them as set.
const modeOf = ({ mode }: Stats): number => (process.platform === 'win32' ? 0o600 : mode & 0o777);
