// One file or folder of what is copied, on either side.

export interface Entry {
  kind: 'file' | 'folder';
  /** Where it is. */
  path: string;
  /** Its names below what is copied; none for that itself. */
  names: readonly string[];
  /** In bytes. */
  size: number;
  /** Permissions only. */
  mode: number;
  /** In seconds since the epoch. */
  atime: number;
  mtime: number;
  /** Changes whenever the file does, as well as its file system can tell. */
  version: string;
}

/** What is copied, folders before what is in them. */
export interface Tree {
  entries: Entry[];
  /** What cannot be copied, a line each. */
  problems: string[];
}

export const bytesOf = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0);

/** Whether a file under its temporary name looks as one that is whole: its mode and time are given to it last. */
export const isFinishedAs = (
  entry: Pick<Entry, 'size' | 'mode' | 'mtime'>,
  there: Pick<Entry, 'size' | 'mode' | 'mtime'>,
): boolean =>
  there.size === entry.size && there.mtime === entry.mtime && (there.mode & 0o7777) === (entry.mode & 0o7777);
