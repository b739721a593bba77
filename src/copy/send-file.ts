// One file to many nodes, from one read of it.
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Entry } from './entry.ts';
import { wordsOf } from './local-tree.ts';
import { Outgoing } from './outgoing.ts';
import type { Session } from './session.ts';

/** Read at once; in bytes. */
const CHUNK = 256 * 1024;

/** The slowest node sets the pace: nothing is kept for it. Gives what is wrong with the file itself. */
export async function sendFile(
  entry: Entry,
  sessions: readonly Session[],
  finalPath: (session: Session) => string,
): Promise<string | undefined> {
  const all = sessions.filter(({ isFailed }) => !isFailed).map((at) => new Outgoing(at, entry, finalPath(at)));
  let problem: string | undefined;
  try {
    await each(all, (one) => one.open());
    const file = await open(entry.path, 'r');
    try {
      const { hash, start } = await agree(file, all);
      const sent = await send(file, entry, { all, hash, start });
      const now = await file.stat({ bigint: true });
      const whole = hash.digest('hex');
      if (sent === entry.size && `${now.size} ${now.mtimeNs}` === entry.version) {
        await each(all, (one) => one.finish(whole));
      } else if (live(all).length > 0) problem = 'it changed while it was copied';
    } finally {
      await file.close();
    }
  } catch (error) {
    problem = wordsOf(error as NodeJS.ErrnoException);
  }
  await Promise.all(
    live(all)
      .filter(() => problem !== undefined)
      .map((one) => one.discard()),
  );
  return problem;
}

const live = (all: readonly Outgoing[]) => all.filter(({ session }) => !session.isFailed);

const each = (all: readonly Outgoing[], task: (one: Outgoing) => Promise<void>): Promise<unknown> =>
  Promise.all(all.map((one) => one.session.work(() => task(one))));

/**
 * Compares what is there of it, from an interrupted copy or under its own name, with the beginning of the file. Gives where to begin, and the hash of what is
 * before that.
 */
async function agree(file: FileHandle, all: readonly Outgoing[]): Promise<{ hash: Hash; start: number }> {
  const found = live(all).filter((one) => one.found > 0);
  const hashes = await hashesAt(
    file,
    [...new Set(found.map((one) => one.found))].toSorted((a, b) => a - b),
  );
  await each(found, async (one) => {
    if ((await one.hashOfFound()) === hashes.get(one.found)?.copy().digest('hex')) one.keepFound();
    else await one.startOver();
  });
  const start = Math.min(...live(all).map((one) => one.found));
  return { start: Number.isFinite(start) ? start : 0, hash: hashes.get(start)?.copy() ?? createHash('sha256') };
}

/** The hashes of its first so many bytes. */
async function hashesAt(file: FileHandle, sizes: readonly number[]): Promise<Map<number, Hash>> {
  const hash = createHash('sha256');
  const hashes = new Map<number, Hash>();
  const buffer = Buffer.allocUnsafe(CHUNK);
  let position = 0;
  for (const size of sizes) {
    while (position < size) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, size - position), position);
      if (bytesRead === 0) return hashes;
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    hashes.set(size, hash.copy());
  }
  return hashes;
}

/** Gives up to where it was read. */
async function send(
  file: FileHandle,
  { size }: Entry,
  { all, hash, start }: { all: readonly Outgoing[]; hash: Hash; start: number },
): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size)));
  let position = start;
  while (position < size && live(all).length > 0) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - position), position);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await each(all, (one) => one.write(bytes, position));
    position += bytesRead;
  }
  return position;
}
