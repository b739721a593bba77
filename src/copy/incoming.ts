// One file on its way here: under a temporary name until it is whole, compared and on the disk.
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { BeltError } from '../errors.ts';
import type { Handle } from '../ssh/sftp.ts';
import { type Entry, isFinishedAs } from './entry.ts';
import { temporaryName } from './names.ts';
import type { Session } from './session.ts';

/** One request. OpenSSH answers more, others do not. */
const REQUEST = 32 * 1024;

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;

/** Copies it to `final`, which is replaced in one step. @throws BeltError, or the error of the file system here */
export async function fetchFile(session: Session, entry: Entry, final: string): Promise<void> {
  const { sftp } = session;
  if (await isThere(session, entry, final)) return;
  const handle = await sftp.open(entry.path, 'r');
  try {
    let temporary = await openTemporary(session, entry, final);
    try {
      const continued = temporary.found === 0 ? undefined : await hashIfSame(session, entry, temporary);
      if (continued) {
        session.continued += temporary.found;
        session.bytes += temporary.found;
      } else if (session.digests.isUnable) temporary.found = 0;
      else if (temporary.found > 0) {
        await temporary.file.close();
        temporary = await anotherFor(session, entry, { final, path: temporary.path });
      }
      const { file, path, found: start } = temporary;
      const hash = continued ?? createHash('sha256');
      await receive(session, entry, { handle, file, hash, start });
      await file.datasync();
      await compare(session, entry, hash.digest('hex'));
      await file.utimes(entry.atime, entry.mtime);
      await file.chmod(entry.mode);
      await file.sync();
      if (await isAt(file, path)) await rename(path, final);
      // Another copy of the same file may have given it its name.
      else if (!(await isAt(file, final)))
        throw new BeltError(`${entry.path}: what was copied of it was removed meanwhile`);
    } catch (error) {
      if (!session.isCut) await rm(temporary.path, { force: true });
      throw error;
    } finally {
      await temporary.file.close();
    }
  } finally {
    if (!session.isFailed) await sftp.close(handle, entry.path);
  }
  session.files++;
}

/** Whether it was copied before: what has its name, size and time has its checksum too. */
async function isThere(session: Session, entry: Entry, final: string): Promise<boolean> {
  const { path, size, mode, mtime } = entry;
  const there = await lstat(final).catch(() => undefined);
  if (size === 0 || !there?.isFile() || there.size !== size || Math.floor(there.mtimeMs / 1000) !== mtime) return false;
  if ((process.getuid?.() ?? there.uid) !== there.uid) return false;
  const file = await open(final, O_RDONLY | O_NOFOLLOW).catch(() => undefined);
  if (!file) return false;
  try {
    const [here, there] = await Promise.all([hashOf(session, file, size), session.digests.of(path)]);
    if (here.digest('hex') !== there) return false;
    await file.chmod(mode);
  } finally {
    await file.close();
  }
  await rm(temporaryOf(session, entry, final), { force: true });
  session.total -= size;
  session.unchanged++;
  session.files++;
  return true;
}

/** Whether this is the file that has this name. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const there = await lstat(path, { bigint: true }).catch(() => undefined);
  const own = await file.stat({ bigint: true });
  return there?.ino === own.ino && there.dev === own.dev;
}

interface Temporary {
  file: FileHandle;
  path: string;
  /** What of it is there of an interrupted copy, in bytes. */
  found: number;
}

async function openTemporary(session: Session, entry: Entry, final: string): Promise<Temporary> {
  const path = temporaryOf(session, entry, final);
  const old = await lstat(path).catch(() => undefined);
  // In a folder where everybody may write, somebody else may have put it there, or may write to it.
  const own = (await stat(dirname(path))).uid;
  const isOwn = old?.isFile() === true && (process.getuid?.() ?? own) === old.uid && old.size <= entry.size;
  // Another copy of the same file may be about to give it its name.
  const isFinished = isOwn && isFinishedAs(entry, { ...old, mtime: Math.floor(old.mtimeMs / 1000) });
  if (isOwn && ((old.mode & 0o077) === 0 || (isFinished && (old.mode & 0o222) === 0o200))) {
    const file = await open(path, O_RDWR | O_NOFOLLOW).catch(unless('ENOENT'));
    if (file) return { file, path, found: old.size };
  } else if (isFinished) return await withOwnName(session, entry, final);
  else if (old) return await anotherFor(session, entry, { final, path });
  const file = await create(path).catch(unless('EEXIST'));
  return file ? { file, path, found: 0 } : await withOwnName(session, entry, final);
}

const create = (path: string): Promise<FileHandle> => open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);

/** Another copy of the same file may have been a moment earlier. */
const unless = (code: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== code) throw error;
  return undefined;
};

/**
 * Removes the temporary file, and gives one of another name. It is never emptied, and its name never used again: another copy of
 * the same file may have just given it the final name, or be about to.
 */
async function anotherFor(
  session: Session,
  entry: Entry,
  { final, path }: { final: string; path: string },
): Promise<Temporary> {
  await rm(path, { force: true });
  return await withOwnName(session, entry, final);
}

async function withOwnName(session: Session, entry: Entry, final: string): Promise<Temporary> {
  const path = temporaryOf(session, entry, final, randomUUID());
  return { file: await create(path), path, found: 0 };
}

function temporaryOf({ node }: Session, { path, version }: Entry, final: string, ...more: string[]): string {
  return join(dirname(final), temporaryName(basename(final), [node.id, posix.normalize(path), version, ...more]));
}

/** Compares what is here of an interrupted copy with the beginning of the node's file. Gives its hash, where that is it. */
async function hashIfSame(session: Session, { path }: Entry, { file, found }: Temporary): Promise<Hash | undefined> {
  const hash = await hashOf(session, file, found);
  return (await session.digests.ofBeginning(path, found)) === hash.copy().digest('hex') ? hash : undefined;
}

/** Of its first so many bytes. */
async function hashOf(session: Session, file: FileHandle, bytes: number): Promise<Hash> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (let at = 0; at < bytes; ) {
    session.throwIfFailed();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash;
}

interface Receiving {
  handle: Handle;
  file: FileHandle;
  hash: Hash;
  start: number;
}

/** Asks for much at once, and writes it in its order. */
async function receive(
  session: Session,
  { path, size }: Entry,
  { handle, file, hash, start }: Receiving,
): Promise<void> {
  const asked: Promise<Buffer>[] = [];
  let next = start;
  let position = start;
  try {
    while (position < size) {
      while (next < size && asked.length < session.window / REQUEST) {
        const length = Math.min(REQUEST, size - next);
        // Who waits for room with answers in hand would keep theirs from the others.
        if (!session.room.tryTake(length)) {
          if (asked.length > 0) break;
          await session.room.take(length);
        }
        const part = readAll(session, { handle, path, position: next, length });
        part.catch(() => {});
        asked.push(part);
        next += length;
        session.throwIfFailed();
      }
      const bytes = await asked[0]!;
      asked.shift();
      if (bytes.length === 0) throw new BeltError(`${path}: it became shorter while it was copied`);
      hash.update(bytes);
      await file.write(bytes, 0, bytes.length, position);
      session.room.give(bytes.length);
      position += bytes.length;
      session.bytes += bytes.length;
    }
  } finally {
    session.room.give(next - position);
  }
}

interface Part {
  handle: Handle;
  path: string;
  position: number;
  length: number;
}

/** A host may answer with less than was asked for. */
async function readAll(session: Session, { handle, path, position, length }: Part): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const count = await session.sftp.read(handle, path, bytes.subarray(got), position + got);
    if (count === 0) return bytes.subarray(0, 0);
    got += count;
  }
  return bytes;
}

/** What grew meanwhile, as a log does, is compared by the part that was copied. */
async function compare(session: Session, { path, size }: Entry, hash: string): Promise<void> {
  const { digests } = session;
  const there = await digests.of(path);
  if (there === hash) return;
  if (there !== undefined) {
    if ((await digests.ofBeginning(path, size)) === hash) return;
    throw new BeltError(`${path}: what arrived differs from what is there`, { hint: 'run the same command again' });
  }
  if (!digests.isUnable) throw new BeltError(`${path}: it was removed, or became unreadable, while it was copied`);
  session.isBySize = true;
}
