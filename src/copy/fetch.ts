// Files and folders from nodes to here, each node at its own pace.
import { chmod, lstat, mkdir, realpath, stat, utimes } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { bytesOf, type Entry } from './entry.ts';
import { fetchFile } from './incoming.ts';
import { wordsOf } from './local-tree.ts';
import { whyRefused } from './names.ts';
import type { CopyOptions } from './options.ts';
import { below, nameOf } from './places.ts';
import { remoteTree } from './remote-tree.ts';
import { type NodeEnd, type Session, withSession } from './session.ts';

/** What is to come from one node. */
export interface Wanted {
  node: Node;
  /** As SFTP takes them. */
  paths: readonly string[];
}

export interface Destination {
  path: string;
  isFolder: boolean;
  /** Each node's files go to a folder of its name. */
  isByNode: boolean;
}

const FILES_AT_ONCE = 8;

/** Copies from all of the nodes. Gives how each ended, in their order. */
export async function fetchFromAll(
  context: Context,
  wanted: readonly Wanted[],
  { to, options }: { to: Destination; options: CopyOptions },
): Promise<NodeEnd[]> {
  const { concurrency, timeoutMs, progress, ended } = options;
  const limit = pLimit(concurrency);
  const nodes = Math.min(concurrency, wanted.length);
  return await Promise.all(
    wanted.map(({ node, paths }) =>
      limit(async () => {
        const end = await withSession(context, node, { timeoutMs, nodes }, async (session) => {
          progress.add(session);
          await session.work(() => fetchAll(session, paths, to));
        });
        progress.ended(end);
        ended(end);
        return end;
      }),
    ),
  );
}

async function fetchAll(session: Session, paths: readonly string[], to: Destination): Promise<void> {
  try {
    const root = to.isByNode ? await ownFolder(session, to.path) : to.path;
    const isFolder = to.isByNode || to.isFolder || paths.length > 1;
    for (const path of paths) await fetchTree(session, path, { path: root, isFolder });
  } catch (error) {
    if (error instanceof BeltError || !('code' in (error as object))) throw error;
    const { path } = error as NodeJS.ErrnoException;
    throw new BeltError(`${path === undefined ? '' : `${path}: `}${wordsOf(error as NodeJS.ErrnoException)}`);
  }
}

async function ownFolder({ node }: Session, path: string): Promise<string> {
  const why = whyRefused(node.name);
  if (why !== undefined) throw new BeltError(`${node.name}: ${why}`);
  const own = below(path, node.name);
  await mkdir(own, { recursive: true });
  return own;
}

async function fetchTree(session: Session, path: string, to: Pick<Destination, 'path' | 'isFolder'>): Promise<void> {
  const { entries, problems } = await remoteTree(session.sftp, path);
  session.problems.push(...problems);
  session.total += bytesOf(entries);
  const base = await placeOf(path, entries[0]?.kind === 'file', to);
  const made: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'folder' && (await makeFolder(below(base, ...entry.names), entry.names.length === 0)))
      made.push(entry);
  }
  const limit = pLimit(FILES_AT_ONCE);
  const files = entries.filter(({ kind }) => kind === 'file');
  await Promise.all(
    files.map((entry) =>
      limit(async () => {
        if (!session.isFailed) await session.work(() => fetchFile(session, entry, below(base, ...entry.names)));
      }),
    ),
  );
  if (session.isFailed) return;
  // The innermost first: what is done in a folder changes its time.
  for (const { names, mode, atime, mtime } of made.toReversed()) {
    await utimes(below(base, ...names), atime, mtime);
    await chmod(below(base, ...names), mode);
  }
}

/** As cp has it: into a folder that is there, else under the name itself. */
async function placeOf(path: string, isFile: boolean, to: Pick<Destination, 'path' | 'isFolder'>): Promise<string> {
  const there = await stat(to.path).catch(() => undefined);
  const name = nameOf(path);
  if (there?.isDirectory()) {
    if (name === undefined) return to.path;
    const why = whyRefused(name);
    if (why?.includes('out of')) throw new BeltError(`${path}: ${why}`);
    return isFile ? throughLink(below(to.path, name)) : below(to.path, name);
  }
  if (there && (to.isFolder || !isFile)) throw new BeltError(`${to.path}: it is not a folder`);
  if (to.isFolder && isFile) throw new BeltError(`${to.path}: there is no such folder here`);
  return there ? throughLink(to.path) : to.path;
}

/** A link stays one: the file that it leads to is replaced. */
async function throughLink(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new BeltError(`${path}: a folder has this name`);
  return there?.isSymbolicLink() ? await realpath(path).catch(() => path) : path;
}

/** Whether it was not there yet. A link within what is copied is not followed: it may lead anywhere. */
async function makeFolder(path: string, isTop: boolean): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const there = isTop ? await stat(path).catch(() => undefined) : await lstat(path).catch(() => undefined);
    if (there?.isDirectory()) return false;
    throw error;
  }
}
