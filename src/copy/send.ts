// Files and folders from here to many nodes at once.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { quoteWord } from '../quote.ts';
import { bytesOf, type Entry, type Tree } from './entry.ts';
import { Gathering } from './gathering.ts';
import type { CopyOptions } from './options.ts';
import { OutgoingFolders } from './outgoing-folders.ts';
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
  const gathering = new Gathering<Target>(context.clock, nodes.length, (all) => send(all, { sources, to, options }));
  return await Promise.all(
    nodes.map(async (node) => {
      let isThere = false;
      const end = await withSession(context, node, { timeoutMs, nodes: nodes.length }, async (session) => {
        session.total = sources.reduce((sum, { tree }) => sum + bytesOf(tree.entries), 0);
        progress.add(session);
        isThere = true;
        const folders = new OutgoingFolders(session);
        await session.work(() => gathering.join({ session, folders }));
        if (session.isFailed) await session.discard();
        // Also where it failed: the next run finds them there, and keeps their modes.
        await folders.finish();
      });
      if (!isThere) gathering.miss();
      progress.ended(end);
      ended(end);
      return end;
    }),
  );
}

/** One node that it goes to. */
interface Target {
  session: Session;
  folders: OutgoingFolders;
}

/** What is wrong here with a file is every node's problem. */
async function send(
  targets: readonly Target[],
  { sources, to, options }: { sources: readonly Source[]; to: RemotePlace; options: CopyOptions },
): Promise<void> {
  const sessions = targets.map(({ session }) => session);
  for (const source of sources) {
    const bases = new Map<Session, string>();
    await each(targets, async ({ session }) => {
      bases.set(session, await placeOf(session, source, { to, isOneOfSeveral: sources.length > 1, options }));
    });
    const path = (session: Session, { names }: Entry) => below(bases.get(session)!, ...names);
    const { entries } = source.tree;
    const inside = entries.filter(({ kind }) => kind === 'folder');
    await each(targets, ({ session, folders }) =>
      folders.make(inside.map((entry) => ({ entry, path: path(session, entry), isSources: isSources(source, entry) }))),
    );
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
  }
}

const each = (targets: readonly Target[], task: (target: Target) => Promise<void>): Promise<unknown> =>
  Promise.all(targets.map((target) => target.session.work(() => task(target))));

/** What is in a folder without a name may go into one that was there before, which stays as it is. */
const isSources = ({ name }: Source, { names }: Entry): boolean => name !== undefined || names.length > 0;

/** Where the source goes on this node: as cp has it, into a folder that is there, else under the name itself. */
async function placeOf(
  { sftp, node }: Session,
  { tree, name }: Source,
  { to, isOneOfSeveral, options }: { to: RemotePlace; isOneOfSeveral: boolean; options: Pick<CopyOptions, 'renamed'> },
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
  if (there) return throughLink(sftp, to.path);
  if (!isFile && name !== undefined) options.renamed?.();
  return to.path;
}

/** A link stays one: the file that it leads to is replaced. */
async function throughLink(sftp: Session['sftp'], path: string): Promise<string> {
  const there = await sftp.lstat(path);
  return there?.isSymbolicLink() && (await sftp.stat(path)) ? await sftp.realpath(path) : path;
}
