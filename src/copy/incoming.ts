// One file on its way here: under a temporary name until it is whole, compared and on the disk.
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BeltError } from '../errors.ts';
import type { Handle } from '../ssh/sftp.ts';
import type { Entry } from './entry.ts';
import { temporaryName } from './names.ts';
import type { Session } from './session.ts';

/** One request. OpenSSH answers more, others do not. */
const REQUEST = 32 * 1024;

/** Copies it to `final`, which is replaced in one step. @throws BeltError, or the error of the file system here */
export async function fetchFile(session: Session, entry: Entry, final: string): Promise<void> {
  const { sftp, node } = session;
  const temporary = join(dirname(final), temporaryName(basename(final), [node.id, entry.path, entry.version]));
  const handle = await sftp.open(entry.path, 'r');
  try {
    const { file, found } = await openTemporary(temporary, entry);
    try {
      const { hash, start } = await agree(session, entry, { file, found });
      await receive(session, entry, { handle, file, hash, start });
      await file.datasync();
      await compare(session, entry, hash.digest('hex'));
      await file.utimes(entry.atime, entry.mtime);
      await file.chmod(entry.mode);
      await file.sync();
      await rename(temporary, final);
    } catch (error) {
      if (!session.isCut) await rm(temporary, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  } finally {
    if (!session.isFailed) await sftp.close(handle, entry.path);
  }
  session.files++;
}

async function openTemporary(path: string, { size }: Entry): Promise<{ file: FileHandle; found: number }> {
  const old = await lstat(path).catch(() => undefined);
  // In a folder where everybody may write, somebody else may have put it there, or may write to it.
  const own = (await stat(dirname(path))).uid;
  const isOwn = old?.isFile() === true && (old.mode & 0o077) === 0 && (process.getuid?.() ?? own) === old.uid;
  if (old && !isOwn) await rm(path);
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
  const file = await open(path, O_RDWR | O_NOFOLLOW | (isOwn ? 0 : O_CREAT | O_EXCL), 0o600);
  return { file, found: isOwn && old.size <= size ? old.size : 0 };
}

/** Compares what is here of an interrupted copy with the beginning of the node's file. */
async function agree(
  session: Session,
  { path }: Entry,
  { file, found }: { file: FileHandle; found: number },
): Promise<{ hash: Hash; start: number }> {
  if (found > 0) {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(256 * 1024);
    for (let at = 0; at < found; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, found - at), at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    if ((await session.digests.ofBeginning(path, found)) === hash.copy().digest('hex')) {
      session.continued += found;
      session.bytes += found;
      return { hash, start: found };
    }
  }
  await file.truncate(0);
  return { hash: createHash('sha256'), start: 0 };
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
        if (session.isFailed) return;
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
  const there = await session.digests.of(path);
  if (there === hash) return;
  const beginning = there === undefined ? undefined : await session.digests.ofBeginning(path, size);
  if (beginning === hash) return;
  if (there === undefined) session.isBySize = true;
  else throw new BeltError(`${path}: what arrived differs from what is there`, { hint: 'run the same command again' });
}
