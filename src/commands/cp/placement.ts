// Where a copy goes, by the rules of docker cp (github.com/moby/go-archive, copy.go). Pure.
import type { PlatformPath } from 'node:path';
import { BeltError } from '../../errors.ts';

/** How paths are read on either side: those of containers are always `posix`. */
export type Paths = Pick<PlatformPath, 'basename' | 'dirname' | 'normalize' | 'resolve' | 'sep'>;

/** The whole path. What it ends in stays, since that says what is meant: `/` a folder, `/.` what is in it. */
export function wholePath(path: string, base: string, paths: Paths): string {
  const [, end = ''] = /(?:^|\/)(\.?)\/*$/.exec(path.replaceAll(paths.sep, '/')) ?? [];
  const whole = paths.resolve(base, path);
  if (!isFolderPath(path, paths)) return whole;
  return `${whole.endsWith(paths.sep) ? whole : `${whole}${paths.sep}`}${end}`;
}

/** Whether only a folder can be meant: it ends in `/` or `/.`. */
export const isFolderPath = (path: string, { sep }: Pick<Paths, 'sep'>): boolean =>
  /(^|\/)\.?$/.test(path.replaceAll(sep, '/'));

/** The name under which it is copied into a folder; undefined where what is in it is copied: of `dir/.` and `/`. */
export function nameOf(path: string, paths: Paths): string | undefined {
  const plain = path.replaceAll(paths.sep, '/');
  if (/(^|\/)\.\/*$/.test(plain)) return undefined;
  return paths.basename(paths.normalize(path)) || undefined;
}

export interface CopiedFrom {
  isFolder: boolean;
  /** As `nameOf` gives it. */
  name: string | undefined;
  /** There are others: they need a folder. */
  isOneOfSeveral?: boolean;
}

export interface CopiedTo {
  /** What it leads to, where it was a link. */
  path: string;
  /** What is there; undefined for nothing. */
  there: 'file' | 'folder' | undefined;
  /** Only a folder can be meant. */
  isFolderPath: boolean;
}

export interface Placement {
  /** Where it is unpacked. */
  folder: string;
  /** What it is called there; undefined where what is in it goes to the folder itself. */
  name: string | undefined;
}

/** A destination that does not fit what is to go there. */
export class Misplaced extends BeltError {
  override readonly name = 'Misplaced';
}

/**
 * Into a folder that is there; else under the name that was given, in a folder that must be there.
 * @throws Misplaced without saying on which side the destination is
 */
export function placementOf(
  { isFolder, name, isOneOfSeveral = false }: CopiedFrom,
  to: CopiedTo,
  paths: Paths,
): Placement {
  if (to.there === 'folder') return { folder: to.path, name };
  if (isOneOfSeveral) throw new Misplaced(to.there ? `${to.path}: not a folder` : `${to.path}: no such folder`);
  if (to.there === 'file' && (isFolder || to.isFolderPath)) {
    throw new Misplaced(
      isFolder ? `${to.path}: a file has this name, and the source is a folder` : `${to.path}: not a folder`,
    );
  }
  if (to.there === undefined && to.isFolderPath && !isFolder) throw new Misplaced(`${to.path}: no such folder`);
  const path = paths.normalize(to.path);
  return { folder: paths.dirname(path), name: paths.basename(path) };
}
