// What is copied from here, entry by entry: links stay links, and however much there is, little of it is in memory.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { wordsOf } from '../../copy/local-tree.ts';
import { notText } from '../../copy/names.ts';
import { UsageError } from '../../errors.ts';
import { type CopiedFrom, isFolderPath, nameOf, wholePath } from './placement.ts';

export interface LocalSource extends CopiedFrom {
  /** Where it really is. */
  path: string;
  /** As the user wrote it. */
  shown: string;
  /** In bytes; undefined for a folder. */
  size: number | undefined;
}

export interface LocalEntry {
  kind: 'file' | 'folder' | 'link' | 'hard link' | 'fifo';
  path: string;
  /** Its names below what is copied; none for that itself. */
  names: readonly string[];
  shown: string;
  stats: Stats;
  /** Where a link leads to, as it says. */
  target?: string;
  /** The names of the file that a hard link is, too. */
  first?: readonly string[];
}

/**
 * A file, folder or link here. A link that is named is followed where the name ends in `/`, or it is asked for.
 * @throws UsageError where there is none, or it cannot be copied
 */
export async function localSource(
  shown: string,
  { cwd, followLink }: { cwd: string; followLink: boolean },
): Promise<LocalSource> {
  const whole = wholePath(shown, cwd, path);
  const isFolder = isFolderPath(shown, path);
  try {
    const plain = path.normalize(whole).replace(/(?<=.)[\\/]+$/, '');
    const isFollowed = followLink || isFolder;
    const found = await (isFollowed ? stat : lstat)(plain);
    if (isFolder && !found.isDirectory()) throw new UsageError(`${shown}: not a folder`);
    if (kindOf(found) === undefined) throw new UsageError(`${shown}: it is a device or a socket`);
    return {
      path: isFollowed ? await realpath(plain) : plain,
      shown,
      isFolder: found.isDirectory(),
      name: nameOf(whole, path),
      size: found.isDirectory() ? undefined : found.isFile() ? found.size : 0,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shown}: ${wordsOf(error as NodeJS.ErrnoException)} here`);
  }
}

/** Everything in it, folders before what is in them. What cannot be copied is told, a line each. */
export function entriesOf(source: LocalSource, problem: (text: string) => void): AsyncGenerator<LocalEntry> {
  const { path: at, shown } = source;
  return walk({ path: at, names: [], shown: shown.replace(/(?<=.)\/+$/, '') }, { problem, linked: new Map() });
}

interface At {
  path: string;
  names: readonly string[];
  shown: string;
}

interface Walk {
  problem: (text: string) => void;
  /** The names of files that have several, by their identity. */
  linked: Map<string, readonly string[]>;
}

async function* walk(at: At, told: Walk): AsyncGenerator<LocalEntry> {
  const entry = await entryAt(at, told);
  if (typeof entry === 'string') return told.problem(`${at.shown}: ${entry}`);
  yield entry;
  if (entry.kind !== 'folder') return;
  const inside = await readdir(at.path).catch((error: NodeJS.ErrnoException) => wordsOf(error));
  if (typeof inside === 'string') return told.problem(`${at.shown}: ${inside}`);
  for (const name of inside.sort()) {
    const why = notText(name);
    const child = { path: path.join(at.path, name), names: [...at.names, name], shown: `${at.shown}/${name}` };
    if (why !== undefined) told.problem(`${child.shown}: ${why}`);
    else yield* walk(child, told);
  }
}

/** Or why it cannot be copied. */
async function entryAt(at: At, { linked }: Walk): Promise<LocalEntry | string> {
  try {
    const stats = await lstat(at.path);
    const kind = kindOf(stats);
    if (kind === undefined) return stats.isSocket() ? 'it is a socket' : 'it is a device';
    if (kind === 'link') {
      const target = await readlink(at.path);
      return notText(target) === undefined ? { ...at, kind, stats, target } : 'what it leads to is not UTF-8';
    }
    if (kind === 'file' && stats.nlink > 1) {
      const own = `${stats.dev}:${stats.ino}`;
      const first = linked.get(own);
      if (first) return { ...at, kind: 'hard link', stats, first };
      linked.set(own, at.names);
    }
    return { ...at, kind, stats };
  } catch (error) {
    return wordsOf(error as NodeJS.ErrnoException);
  }
}

function kindOf(found: Stats): 'file' | 'folder' | 'link' | 'fifo' | undefined {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'folder';
  if (found.isSymbolicLink()) return 'link';
  return found.isFIFO() ? 'fifo' : undefined;
}

/** Opens a file, and says what it is now; or why it cannot be read. */
export async function openFile(at: string): Promise<{ file: FileHandle; stats: Stats } | string> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let file: FileHandle | undefined;
  try {
    // What has become a pipe since then must not be waited for.
    file = await open(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = await file.stat();
    if (stats.isFile()) return { file, stats };
    await file.close();
    return 'it changed while it was copied';
  } catch (error) {
    await file?.close();
    return wordsOf(error as NodeJS.ErrnoException);
  }
}
