// What is copied from a node: a file, or a folder with all that is in it. Links are followed; what the node says is not trusted.
import { BeltError } from '../errors.ts';
import { type Listed, type Sftp, SftpError } from '../ssh/sftp.ts';
import type { Entry, Tree } from './entry.ts';
import { whyRefused } from './names.ts';
import { below } from './places.ts';

/** Deeper than anybody nests folders: a node may tell of ever more of them. */
const DEEPEST = 200;

type Stats = Listed['stats'];

/** @throws BeltError when there is no such file */
export async function remoteTree(sftp: Sftp, path: string): Promise<Tree> {
  const found = await sftp.stat(path);
  if (!found) {
    throw new BeltError(`${path}: no such file or folder`, {
      ...(/[*?[]/.test(path) && { hint: 'names are taken as they are, without * and ?: name the folder' }),
    });
  }
  if (!found.isFile() && !found.isDirectory()) throw new BeltError(`${path}: it is neither a file nor a folder`);
  const tree: Tree = { entries: [], problems: [] };
  const real = found.isDirectory() ? await sftp.realpath(path) : path;
  await add(sftp, tree, { path, names: [], within: [], real }, found);
  return tree;
}

interface At {
  path: string;
  names: readonly string[];
  /** Where it really is, and the folders around it: a link may lead back to one. */
  real: string;
  within: readonly string[];
}

async function add(sftp: Sftp, tree: Tree, { path, names, real, within }: At, found: Stats): Promise<void> {
  if (!found.isDirectory()) {
    tree.entries.push({ kind: 'file', path, names, ...attributes(found) });
    return;
  }
  const problem = (text: string) => void tree.problems.push(text);
  if (within.includes(real)) return problem(`${path}: a link to a folder that it is in`);
  if (names.length > DEEPEST) return problem(`${path}: more than ${DEEPEST} folders deep`);
  tree.entries.push({ kind: 'folder', path, names, ...attributes(found) });
  let inside: Listed[];
  try {
    inside = await sftp.list(path);
  } catch (error) {
    if (error instanceof SftpError) return problem(error.message);
    throw error;
  }
  for (const { name, stats } of inside.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name === '.' || name === '..') continue;
    const why = whyRefused(name);
    const child = below(path, name);
    if (why !== undefined) problem(`${child}: ${why}`);
    else
      await addChild(
        sftp,
        tree,
        { path: child, names: [...names, name], real: below(real, name), within: [...within, real] },
        stats,
      );
  }
}

async function addChild(sftp: Sftp, tree: Tree, at: At, listed: Stats): Promise<void> {
  const led = listed.isSymbolicLink() ? await followed(sftp, at.path) : { found: listed, real: at.real };
  if (typeof led === 'string') tree.problems.push(led);
  else if (!led.found.isFile() && !led.found.isDirectory())
    tree.problems.push(`${at.path}: it is neither a file nor a folder`);
  else await add(sftp, tree, { ...at, real: led.real }, led.found);
}

/** Where a link leads, or why it cannot be followed. */
async function followed(sftp: Sftp, path: string): Promise<{ found: Stats; real: string } | string> {
  try {
    const found = await sftp.stat(path);
    if (!found) return `${path}: a link that leads nowhere`;
    return { found, real: found.isDirectory() ? await sftp.realpath(path) : path };
  } catch (error) {
    if (error instanceof SftpError) return error.message;
    throw error;
  }
}

/** The set-user-id and set-group-id bits would be this user's here. */
const attributes = ({ size, mode, atime, mtime }: Stats): Omit<Entry, 'kind' | 'path' | 'names'> => ({
  size,
  mode: mode & 0o777,
  atime,
  mtime,
  version: `${size} ${mtime}`,
});
