// What is copied from here: a file, or a folder with all that is in it. Links are followed, as scp -r does.
import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import type { Entry, Tree } from './entry.ts';
import { notText } from './names.ts';
import { below } from './places.ts';

/** @throws UsageError when there is no such file, or it is none that can be copied */
export async function localTree(path: string, shown: string): Promise<Tree> {
  const found = await statOf(path);
  if (typeof found === 'string') throw new UsageError(`${shown}: ${found}`);
  if (!found.isFile() && !found.isDirectory()) {
    throw new UsageError(`${shown}: it is neither a file nor a folder`, {
      hint: 'what a program prints goes by: … | belt exec NODE -i -- tee /path',
    });
  }
  const tree: Tree = { entries: [], problems: [] };
  await add(tree, { path, names: [], shown, within: [] }, found);
  return tree;
}

interface At {
  path: string;
  names: readonly string[];
  shown: string;
  /** The folders around it, by their identity: a link may lead back to one. */
  within: readonly string[];
}

async function add(tree: Tree, at: At, found: BigIntStats): Promise<void> {
  const { path, names, shown, within } = at;
  if (!found.isDirectory()) {
    tree.entries.push({ kind: 'file', path, names, ...attributes(found) });
    return;
  }
  const own = `${found.dev}:${found.ino}`;
  if (within.includes(own)) {
    tree.problems.push(`${shown}: a link to a folder that it is in`);
    return;
  }
  tree.entries.push({ kind: 'folder', path, names, ...attributes(found) });
  const inside = await readdir(path).catch((error: NodeJS.ErrnoException) => wordsOf(error));
  if (typeof inside === 'string') {
    tree.problems.push(`${shown}: ${inside}`);
    return;
  }
  for (const name of inside.toSorted()) {
    const child = {
      path: below(path, name),
      names: [...names, name],
      shown: below(shown, name),
      within: [...within, own],
    };
    const why = notText(name);
    const next = why ?? (await statOf(child.path));
    if (typeof next === 'string') tree.problems.push(`${child.shown}: ${next}`);
    else if (next.isFile() || next.isDirectory()) await add(tree, child, next);
    else tree.problems.push(`${child.shown}: it is neither a file nor a folder`);
  }
}

const attributes = (found: BigIntStats): Omit<Entry, 'kind' | 'path' | 'names'> => ({
  size: Number(found.size),
  mode: Number(found.mode) & 0o7777,
  atime: Math.floor(Number(found.atimeMs) / 1000),
  mtime: Math.floor(Number(found.mtimeMs) / 1000),
  version: `${found.size} ${found.mtimeNs}`,
});

/** Or why there is none. */
const statOf = (path: string): Promise<BigIntStats | string> =>
  stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => wordsOf(error));

/** An error of this machine's file system, in words. */
export function wordsOf({ code = '', message }: NodeJS.ErrnoException): string {
  const words: Record<string, string> = {
    ENOENT: 'no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    ELOOP: 'its links lead in a circle',
    ENOTDIR: 'a part of its path is not a folder',
    EISDIR: 'it is a folder',
    ENOSPC: 'no space is left',
    EEXIST: 'something else has this name',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'it is too large for its file system',
    EIO: 'input/output error',
    EROFS: 'its file system is read-only',
    ENAMETOOLONG: 'its name is too long',
  };
  return words[code] ?? message;
}
