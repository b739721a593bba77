// The line in ~/.ssh/config by which ssh reads belt's file. The rest of it is the user's: it stays as it is, with its mode, and
// behind its symbolic link where it is one, as those who keep their settings in a repository have it. Its text is handled as bytes, a
// character each (latin1): ssh asks for no encoding.
import {
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BeltError, messageOf } from '../../errors.ts';
import { readUserFile } from '../../user-file.ts';
import { sshPath } from './options.ts';

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

const NOTE = bytes('# The nodes of belt’s clusters; off again: belt ssh-config --remove');

/**
 * The line that includes the file. Its path is a pattern for glob(7), and only some versions of ssh expand `%` in it.
 * @throws BeltError for a path that it cannot be written for
 */
export function includeLine(file: string): string {
  const path = process.platform === 'win32' ? file.replaceAll('\\', '/') : file;
  if (/[%\\]/.test(path)) {
    throw new BeltError(`ssh cannot include a file whose path has % or \\ in it: ${file}`, {
      hint: 'name another folder for the state of belt in BELT_STATE_DIR',
    });
  }
  return `Include ${sshPath(path.replaceAll(/[[*?]/g, '\\$&'))}`;
}

/** The configuration with the line at its top, where no `Host` before it restricts it. */
export const withInclude = (config: string, file: string): string =>
  hasInclude(config, file) ? config : `${NOTE}\n${bytes(includeLine(file))}\n${config === '' ? '' : '\n'}${config}`;

export const hasInclude = (config: string, file: string): boolean => lineOf(config.split('\n'), file) >= 0;

function lineOf(lines: readonly string[], file: string): number {
  try {
    return lines.indexOf(bytes(includeLine(file)));
  } catch {
    return -1;
  }
}

/** The configuration without the line, and without what `withInclude` put around it. */
export function withoutInclude(config: string, file: string): string {
  const lines = config.split('\n');
  const at = lineOf(lines, file);
  if (at < 0) return config;
  const from = lines[at - 1] === NOTE ? at - 1 : at;
  const hasGap = from < at && lines[at + 1] === '' && at + 2 < lines.length;
  lines.splice(from, at - from + (hasGap ? 2 : 1));
  return lines.join('\n');
}

/** The bytes of the user's file; empty when there is none. @throws BeltError */
export function readUserConfig(path: string): string {
  try {
    return readUserFile(path).bytes.toString('latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !isLink(path)) return '';
    throw cannot('read', path, error);
  }
}

/**
 * Replaces the user's file atomically; one that would be empty is removed.
 * @throws BeltError when it is another user's, a link that leads nowhere, or cannot be written
 */
export function writeUserConfig(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = isLink(path) ? realpathSync(path) : path;
    const old = statSync(target, { throwIfNoEntry: false });
    checkOwn(target, old);
    if (text === '' && target === path) return old && unlinkSync(path);
    replace(target, text, old === undefined ? 0o600 : old.mode & 0o7777);
  } catch (error) {
    throw cannot('write', path, error);
  }
}

function replace(target: string, text: string, mode: number): void {
  const fresh = `${target}.${crypto.randomUUID()}.new`;
  const fd = openSync(fresh, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    try {
      writeFileSync(fd, text, 'latin1');
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    chmodSync(fresh, mode);
    renameSync(fresh, target);
  } catch (error) {
    unlinkSync(fresh);
    throw error;
  }
}

function checkOwn(path: string, stats: Stats | undefined): void {
  if (stats === undefined) return;
  if (!stats.isFile()) throw new Error('it is not a regular file');
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) throw new Error(`${path} belongs to another user`);
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is a symbolic link that leads nowhere',
  EACCES: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'its folder is a file',
  EEXIST: 'its folder is a file',
  EISDIR: 'it is a folder',
};

const cannot = (verb: string, path: string, error: unknown): BeltError =>
  new BeltError(`cannot ${verb} ${path}: ${REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? messageOf(error)}`, {
    cause: error,
  });
