// Files and folders from nodes to here, each node at its own pace.
import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { SshError } from '../ssh/errors.ts';
import { bytesOf, type Entry } from './entry.ts';
import { fetchFile } from './incoming.ts';
import { IncomingFolders } from './incoming-folders.ts';
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
          // To its end also where it failed: what is under way is removed, and folders get their modes.
          await fetchAll(session, paths, { ...to, options }).catch((error) => session.fail(inWords(error)));
        });
        progress.ended(end);
        ended(end);
        return end;
      }),
    ),
  );
}

/** Where one of the paths goes. */
interface To extends Pick<Destination, 'path' | 'isFolder'> {
  isOneOfSeveral: boolean;
  options: Pick<CopyOptions, 'renamed'>;
}

async function fetchAll(
  session: Session,
  paths: readonly string[],
  to: Destination & Pick<To, 'options'>,
): Promise<void> {
  const root = to.isByNode ? await ownFolder(session, to.path) : to.path;
  const isFolder = to.isByNode || to.isFolder;
  const isOneOfSeveral = paths.length > 1;
  for (const path of paths) await fetchTree(session, path, { ...to, path: root, isFolder, isOneOfSeveral });
}

/** An error of this machine's file system, as the user reads it. */
function inWords(error: unknown): unknown {
  if (error instanceof BeltError || !('code' in (error as object))) return error;
  const { path } = error as NodeJS.ErrnoException;
  return new BeltError(`${path === undefined ? '' : `${path}: `}${wordsOf(error as NodeJS.ErrnoException)}`);
}

async function ownFolder({ node }: Session, path: string): Promise<string> {
  const why = whyRefused(node.name);
  if (why !== undefined) throw new BeltError(`${node.name}: ${why}`);
  const own = below(path, node.name);
  await mkdir(own, { recursive: true });
  return own;
}

async function fetchTree(session: Session, path: string, to: To): Promise<void> {
  const { entries, problems } = await remoteTree(session.sftp, path);
  session.problems.push(...problems);
  session.total += bytesOf(entries);
  const base = await placeOf(path, entries[0]?.kind === 'file', to);
  const folders = new IncomingFolders();
  try {
    for (const entry of entries) {
      if (entry.kind !== 'folder') continue;
      const isSources = nameOf(path) !== undefined || entry.names.length > 0;
      await folders.make({ entry, path: below(base, ...entry.names), isSources });
    }
    await fetchFiles(session, entries, base);
  } finally {
    // However it ended: the next run finds them there, and keeps their modes.
    await folders.finish({ isWhole: !session.isFailed });
  }
}

/** What is wrong with a file there is the file's; what goes wrong here ends it for the node. */
async function fetchFiles(session: Session, entries: readonly Entry[], base: string): Promise<void> {
  const limit = pLimit(FILES_AT_ONCE);
  const fetchOne = async (entry: Entry) => {
    if (session.isFailed) return;
    try {
      await fetchFile(session, entry, below(base, ...entry.names));
    } catch (error) {
      if (session.isFailed) return;
      if (error instanceof BeltError && !(error instanceof SshError)) session.problems.push(error.message);
      else session.fail(inWords(error));
    }
  };
  await Promise.all(entries.filter(({ kind }) => kind === 'file').map((entry) => limit(() => fetchOne(entry))));
}

/** As cp has it: into a folder that is there, else under the name itself. */
async function placeOf(path: string, isFile: boolean, to: To): Promise<string> {
  const there = await stat(to.path).catch(() => undefined);
  const name = nameOf(path);
  if (there?.isDirectory()) {
    if (name === undefined) return to.path;
    const why = whyRefused(name);
    if (why?.includes('out of')) throw new BeltError(`${path}: ${why}`);
    return isFile ? throughLink(below(to.path, name)) : below(to.path, name);
  }
  const mustBeFolder = to.isOneOfSeveral || (isFile && to.isFolder);
  if (there && (mustBeFolder || !isFile)) throw new BeltError(`${to.path}: it is not a folder`);
  if (mustBeFolder) throw new BeltError(`${to.path}: there is no such folder here`);
  if (there) return throughLink(to.path);
  if (!isFile && name !== undefined) to.options.renamed?.();
  return to.path;
}

/** A link stays one: the file that it leads to is replaced. */
async function throughLink(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new BeltError(`${path}: a folder has this name`);
  return there?.isSymbolicLink() ? await realpath(path).catch(() => path) : path;
}
