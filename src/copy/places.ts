// What `belt scp` is told to copy: `NODE:path`, or a path here.
import { UsageError } from '../errors.ts';

/** A path on nodes. */
export interface RemotePlace {
  kind: 'remote';
  /** Which nodes, as the user wrote it. */
  pattern: string;
  /** As SFTP takes it: `./…` is below the login's home. */
  path: string;
  /** It can only be a folder: it ended in `/`. */
  isFolder: boolean;
}

export interface LocalPlace {
  kind: 'local';
  path: string;
  isFolder: boolean;
}

export type Place = RemotePlace | LocalPlace;

/**
 * Reads one word. As scp has it, a colon makes it remote unless a `/` stands before it, so that `./a:b` is a file here; colons
 * within brackets and braces, and that of `@tag:NAME`, are the pattern's.
 * @throws UsageError
 */
export function readPlace(word: string): Place {
  if (word === '') throw new UsageError('a path cannot be empty');
  const colon = colonOf(word);
  if (colon <= 0) return { kind: 'local', path: word, isFolder: word.endsWith('/') };
  const pattern = word.slice(0, colon);
  const login = /^([^@,!{]+)@/.exec(pattern);
  if (login) {
    throw new UsageError(`"${word}": belt logs in as ssh_user in .belt.yaml says, not as ${login[1]}`, {
      hint: `leave "${login[0]}" out`,
    });
  }
  return { kind: 'remote', pattern, ...remotePath(word.slice(colon + 1)) };
}

function remotePath(path: string): Pick<RemotePlace, 'path' | 'isFolder'> {
  const other = /^~[^/]+/.exec(path);
  if (other) {
    throw new UsageError(`"${path}": belt does not look for the home of another user`, {
      hint: `write its whole path, or ./${other[0]} for a file of that name`,
    });
  }
  if (path.includes('\0')) throw new UsageError('a path cannot contain a NUL');
  const below = path.replace(/^~(\/+|$)/, '');
  const isFolder = path.endsWith('/') || path === '' || path === '~';
  const clean = below.replace(/(?<=[^/])\/+$/, '');
  if (clean.startsWith('/')) return { path: clean.replace(/^\/+$/, '/'), isFolder };
  return { path: clean === '' ? '.' : /^\.\.?(\/|$)/.test(clean) ? clean : `./${clean}`, isFolder };
}

/** Where the path begins; -1 where there is no node before it. */
function colonOf(word: string): number {
  let depth = 0;
  for (let at = 0; at < word.length; at++) {
    const char = word[at]!;
    if (char === '/') return -1;
    if ('[{'.includes(char)) depth++;
    else if (']}'.includes(char)) depth--;
    else if (char === ':' && depth <= 0 && !/(^|[,!])@tag$/.test(word.slice(0, at))) return at;
  }
  return -1;
}

/** The name that a copy of it has in a folder; undefined for one without a name (`.`, `/`, `..`): then what is in it is copied. */
export function nameOf(path: string): string | undefined {
  const last = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return last === '' || last === '.' || last === '..' ? undefined : last;
}

/** Joins names to a path of either side; a folder is never left by it where the names were checked. */
export const below = (path: string, ...names: readonly string[]): string =>
  names.length === 0 ? path : `${path.replace(/\/+$/, '')}/${names.join('/')}`;
