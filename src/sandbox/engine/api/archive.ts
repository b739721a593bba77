// /containers/ID/archive: the files of a container, in memory. Files and folders only: links are refused by name.
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract, type Header, pack } from 'tar-stream';
import { FileTree } from '../../hosts/file-tree.ts';
import { EngineError } from '../errors.ts';
import { NOT_PLAYED } from '../failure.ts';
import type { Engine } from '../model/engine.ts';
import type { Task } from '../model/service.ts';
import { containerHere } from './local.ts';
import { Reply } from './reply.ts';

const trees = new WeakMap<Task, FileTree>();

function treeOf(engine: Engine, task: Task): FileTree {
  const own = new Map([['/etc/hostname', Buffer.from(`${task.containerId.slice(0, 12)}\n`)]]);
  const tree = trees.get(task) ?? new FileTree(own, () => Math.floor(engine.world.now() / 1000));
  trees.set(task, tree);
  return tree;
}

const GO_FOLDER = 2 ** 31;

interface Found {
  tree: FileTree;
  /** The whole path. */
  path: string;
  /** What the names in the tar begin with. */
  base: string;
}

function find(engine: Engine, id: string, query: URLSearchParams): Found {
  const tree = treeOf(engine, containerHere(engine, id));
  const given = query.get('path') ?? '';
  if (given === '') throw new EngineError(400, "bad parameter: 'path' cannot be empty");
  const path = posix.resolve('/', given);
  const attributes = tree.attributes(path);
  if (attributes === undefined) throw new EngineError(404, `Could not find the file ${given} in container ${id}`);
  if (!tree.isFolder(path) && /\/\.?$/.test(given)) {
    throw new EngineError(500, `lstat /var/lib/docker/overlay2/1/merged${path}/: not a directory`);
  }
  return { tree, path, base: /(^|\/)\.$/.test(given) ? '.' : posix.basename(path) || '/' };
}

/** `HEAD` and `GET`. */
export async function archiveRead(engine: Engine, id: string, query: URLSearchParams): Promise<Reply> {
  const { tree, path, base } = find(engine, id, query);
  const { mode, size, mtime } = tree.attributes(path)!;
  const stat = {
    name: base,
    size,
    mode: (mode & 0o777) + (tree.isFolder(path) ? GO_FOLDER : 0),
    mtime: new Date(mtime * 1000).toISOString(),
    linkTarget: '',
  };
  const described = Buffer.from(JSON.stringify(stat)).toString('base64');
  const headers = { 'X-Docker-Container-Path-Stat': described };
  return new Reply('application/x-tar', [await tarOf(tree, path, base)], headers);
}

async function tarOf(tree: FileTree, path: string, base: string): Promise<Buffer> {
  const made = pack({ highWaterMark: Number.MAX_SAFE_INTEGER });
  const add = (at: string, name: string) => {
    const { mode, mtime } = tree.attributes(at)!;
    const header = { mode: mode & 0o7777, mtime: new Date(mtime * 1000) };
    const content = tree.content(at);
    if (content) return void made.entry({ ...header, name }, content);
    made.entry({ ...header, name: `${name}/`, type: 'directory' });
    for (const child of tree.names(at)) add(`${at === '/' ? '' : at}/${child}`, `${name === '/' ? '' : name}/${child}`);
  };
  add(path, base);
  made.finalize();
  return await buffer(made as AsyncIterable<Buffer>);
}

interface Entry {
  header: Header;
  content: Buffer;
}

/** What is in a tar. */
export async function* entriesIn(tar: Buffer): AsyncGenerator<Entry> {
  const reader = extract();
  reader.end(tar);
  for await (const entry of reader as unknown as AsyncIterable<AsyncIterable<Buffer> & { header: Header }>) {
    yield { header: entry.header, content: await buffer(entry) };
  }
}

/** `PUT`. */
export async function archiveWrite(engine: Engine, id: string, query: URLSearchParams, tar: unknown): Promise<void> {
  const { tree, path } = find(engine, id, query);
  if (!tree.isFolder(path)) throw new EngineError(500, 'extraction point is not a directory');
  try {
    for await (const entry of entriesIn(tar as Buffer)) unpack(tree, path, entry);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw new EngineError(500, 'Error processing tar file(exit status 1): unexpected EOF');
  }
}

function unpack(tree: FileTree, folder: string, { header, content }: Entry): void {
  const { name, type, mode, mtime } = header;
  const path = posix.join(folder, name).replace(/(?<=.)\/+$/, '');
  const time = Math.floor(mtime.getTime() / 1000);
  if (type !== 'file' && type !== 'directory') throw new EngineError(500, `a ${type} in an archive: ${NOT_PLAYED}`);
  const isFolder = tree.isFolder(path);
  if (type === 'directory') {
    if (tree.content(path)) throw conflict(`non-directory ${JSON.stringify(path)} with directory`, folder);
    if (!isFolder) tree.makeFolder(path, mode);
  } else {
    if (isFolder) throw conflict(`directory ${JSON.stringify(path)} with non-directory`, folder);
    tree.create(path, mode);
    tree.write(path, content, 0);
  }
  tree.change(path, { mode, atime: time, mtime: time });
}

const conflict = (what: string, folder: string): EngineError =>
  new EngineError(500, `Error processing tar file(exit status 1): cannot overwrite ${what} ${JSON.stringify(folder)}`);
