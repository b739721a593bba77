// Files and folders from here to many nodes at once.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { quoteWord } from '../quote.ts';
import { bytesOf, type Entry, type Tree } from './entry.ts';
import type { CopyOptions } from './options.ts';
import { below, type RemotePlace } from './places.ts';
import { sendFile } from './send-file.ts';
import { type NodeEnd, type Session, withSession } from './session.ts';

/** A file or folder here. */
export interface Source {
  tree: Tree;
  /** Undefined where what is in it is copied. */
  name: string | undefined;
  shown: string;
}

/** So many files at once: small ones would else wait for one answer after the other. */
const FILES_AT_ONCE = 8;
/** Questions about folders that may be open at once. */
const FOLDERS_AT_ONCE = 64;

/** Copies to all of the nodes, so many at once as share one read. Gives how each ended, in the order of the nodes. */
export async function sendToAll(
  context: Context,
  nodes: readonly Node[],
  { sources, to, options }: { sources: readonly Source[]; to: RemotePlace; options: CopyOptions },
): Promise<NodeEnd[]> {
  const ends: NodeEnd[] = [];
  for (let at = 0; at < nodes.length && !context.signal.aborted; at += options.concurrency) {
    const some = nodes.slice(at, at + options.concurrency);
    ends.push(...(await sendTogether(context, some, { sources, to, options })));
  }
  return ends;
}

async function sendTogether(
  context: Context,
  nodes: readonly Node[],
  { sources, to, options }: { sources: readonly Source[]; to: RemotePlace; options: CopyOptions },
): Promise<NodeEnd[]> {
  const { timeoutMs, progress, ended } = options;
  const sessions: Session[] = [];
  let begin: () => void = () => {};
  const sent = new Promise<void>((resolve) => {
    begin = () => resolve(send(sessions, sources, to));
  });
  let awaited = nodes.length;
  const met = () => {
    if (--awaited === 0) begin();
  };
  return await Promise.all(
    nodes.map(async (node) => {
      let isMet = false;
      const end = await withSession(context, node, { timeoutMs, nodes: nodes.length }, async (session) => {
        session.total = sources.reduce((sum, { tree }) => sum + bytesOf(tree.entries), 0);
        sessions.push(session);
        progress.add(session);
        isMet = true;
        met();
        await session.work(() => sent);
      });
      if (!isMet) met();
      progress.ended(end);
      ended(end);
      return end;
    }),
  );
}

/** What is wrong here with a file is every node's problem. */
async function send(sessions: readonly Session[], sources: readonly Source[], to: RemotePlace): Promise<void> {
  for (const source of sources) {
    const bases = new Map<Session, string>();
    await each(sessions, async (session) => {
      bases.set(session, await placeOf(session, source, { to, isOneOfSeveral: sources.length > 1 }));
    });
    const path = (session: Session, { names }: Entry) => below(bases.get(session)!, ...names);
    const { entries } = source.tree;
    const folders = entries.filter(({ kind }) => kind === 'folder');
    const made = new Map<Session, Entry[]>();
    await each(sessions, async (session) => {
      made.set(session, await makeFolders(session, folders, (entry) => path(session, entry)));
    });
    const limit = pLimit(FILES_AT_ONCE);
    const files = entries.filter(({ kind }) => kind === 'file');
    await Promise.all(
      files.map((entry) =>
        limit(async () => {
          const problem = await sendFile(entry, sessions, (session) => path(session, entry));
          if (problem === undefined) return;
          for (const { isFailed, problems } of sessions) {
            if (!isFailed) problems.push(`${below(source.shown, ...entry.names)}: ${problem}`);
          }
        }),
      ),
    );
    await each(sessions, async (session) => {
      // The innermost first: what is done in a folder changes its time.
      for (const entry of (made.get(session) ?? []).toReversed()) {
        const { mode, atime, mtime } = entry;
        await session.sftp.setStat(path(session, entry), { mode, atime, mtime });
      }
    });
  }
}

const each = (sessions: readonly Session[], task: (session: Session) => Promise<void>): Promise<unknown> =>
  Promise.all(sessions.map((session) => session.work(() => task(session))));

/** Where the source goes on this node: as cp has it, into a folder that is there, else under the name itself. */
async function placeOf(
  { sftp, node }: Session,
  { tree, name }: Source,
  { to, isOneOfSeveral }: { to: RemotePlace; isOneOfSeveral: boolean },
): Promise<string> {
  const isFile = tree.entries[0]?.kind === 'file';
  const there = await sftp.stat(to.path);
  if (there?.isDirectory()) {
    if (name === undefined) return to.path;
    return isFile ? throughLink(sftp, below(to.path, name)) : below(to.path, name);
  }
  const mustBeFolder = isOneOfSeveral || (isFile && to.isFolder);
  if (there && (mustBeFolder || !isFile)) throw new BeltError(`${to.path}: it is not a folder`);
  if (mustBeFolder) {
    throw new BeltError(`${to.path}: there is no such folder`, {
      hint: `make it: belt exec ${node.name} -- mkdir -p ${quoteWord(to.path)}`,
    });
  }
  return there ? throughLink(sftp, to.path) : to.path;
}

/** A link stays one: the file that it leads to is replaced. */
async function throughLink(sftp: Session['sftp'], path: string): Promise<string> {
  const there = await sftp.lstat(path);
  return there?.isSymbolicLink() && (await sftp.stat(path)) ? await sftp.realpath(path) : path;
}

/** Gives those that were not there yet: others keep their modes. */
async function makeFolders(
  { sftp }: Session,
  folders: readonly Entry[],
  pathOf: (entry: Entry) => string,
): Promise<Entry[]> {
  const limit = pLimit(FOLDERS_AT_ONCE);
  const made = await Promise.all(
    folders.map((entry) =>
      limit(async () => {
        const path = pathOf(entry);
        try {
          await sftp.mkdir(path, 0o700);
          return [entry];
        } catch (error) {
          if ((await sftp.stat(path))?.isDirectory()) return [];
          throw error;
        }
      }),
    ),
  );
  return made.flat();
}
