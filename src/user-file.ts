// Reading a file that a person, or a .belt.yaml from elsewhere, has named: it may be a pipe that nobody writes to, or a device
// without an end, and a blocking read cannot be interrupted.
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { Clock } from './clock.ts';
import { poll } from './wait.ts';

const MIB = 1024 * 1024;
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
const PIPE_WITHIN_MS = 60_000;
/** The writer of a pipe may not have opened it yet; one that has is given all of the time. */
const WRITER_WITHIN_MS = 2000;
const LOOK_EVERY_MS = 10;

export interface UserFile {
  bytes: Buffer;
  /** The same, read as UTF-8. */
  text: string;
  stats: Stats;
}

/** A file that is there and not read. Its message goes on after the file's name: `it is not a regular file`. */
export class UnfitFile extends Error {}

/** The whole file, at most 1 MiB. @throws UnfitFile for one that is larger or not a regular file; else the system's error */
export function readUserFile(path: string, { mostBytes = MIB }: { mostBytes?: number } = {}): UserFile {
  // Before it is opened: with some devices that alone does something.
  checkRegular(statSync(path));
  const fd = openSync(path, READ);
  try {
    const stats = fstatSync(fd);
    checkRegular(stats);
    return fileOf(readOn(fd, [], mostBytes), stats);
  } finally {
    closeSync(fd);
  }
}

/**
 * The same for a file that was typed, which may also be a pipe, as `<(…)` of a shell is: read until its writer closes it.
 * @throws UnfitFile for one that is larger, or a pipe that nobody writes to; else the system's error, or the signal's reason
 */
export async function readTypedFile(
  path: string,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<UserFile> {
  const fd = openSync(path, READ);
  try {
    const stats = fstatSync(fd);
    if (stats.isFile()) return fileOf(readOn(fd, [], MIB), stats);
    const deadline = clock.now() + PIPE_WITHIN_MS;
    const writerBy = stats.isFIFO() ? clock.now() + WRITER_WITHIN_MS : 0;
    const pieces: Buffer[] = [];
    const read = () => soFar(fd, pieces, { mayStart: clock.now() < writerBy });
    const bytes = await poll(read, { clock, signal, deadline, intervalMs: LOOK_EVERY_MS });
    if (bytes === undefined) throw new UnfitFile(`it was not complete within ${PIPE_WITHIN_MS / 1000} s`);
    if (bytes.length === 0 && stats.isFIFO()) throw new UnfitFile('it is a pipe to which nothing was written');
    return fileOf(bytes, stats);
  } finally {
    closeSync(fd);
  }
}

const fileOf = (bytes: Buffer, stats: Stats): UserFile => ({ bytes, text: bytes.toString('utf8'), stats });

function checkRegular(stats: Stats): void {
  if (stats.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (!stats.isFile()) throw new UnfitFile('it is not a regular file');
}

/** All of a pipe; undefined where more is to come. A pipe that nobody has opened yet looks like one that has ended. */
function soFar(fd: number, pieces: Buffer[], { mayStart }: { mayStart: boolean }): Buffer | undefined {
  try {
    const all = readOn(fd, pieces, MIB);
    return all.length === 0 && mayStart ? undefined : all;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Adds to the pieces up to the end. Not as many bytes as its size says: a file of /proc has none, and others grow. */
function readOn(fd: number, pieces: Buffer[], mostBytes: number): Buffer {
  for (let total = pieces.reduce((sum, { length }) => sum + length, 0); ; ) {
    const piece = Buffer.alloc(64 * 1024);
    const count = readSync(fd, piece);
    if (count === 0) return Buffer.concat(pieces);
    total += count;
    if (total > mostBytes) throw new UnfitFile(`it is larger than ${mostBytes / MIB} MiB`);
    pieces.push(piece.subarray(0, count));
  }
}
