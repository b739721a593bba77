// A tar of a container on its way to here. What it says is not trusted: nothing is written outside of where it was asked for, through no
// link, and a file gets its name when it is whole.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  lchown,
  link,
  lstat,
  mkdir,
  open,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { extract, type Header } from 'tar-stream';
import { wordsOf } from '../../copy/local-tree.ts';
import { temporaryName, whyRefused } from '../../copy/names.ts';
import { BeltError } from '../../errors.ts';
import type { Copy } from './copy.ts';
import type { Placement } from './placement.ts';

type Entry = AsyncIterable<Buffer> & { header: Header; resume(): unknown };

/** With which archives end. */
const END_ZEROS = 1024;
/** So many zeros at once are left out: the file has a hole there. */
const HOLE = 4096;
const ZEROS = Buffer.alloc(1024 * 1024);
/** What is wrong with one name only, as a file system here says it. */
const NAME_ERRORS = ['ENAMETOOLONG', 'EINVAL', 'EILSEQ'];

export interface IncomingOptions {
  placement: Placement;
  /** What every name in it begins with; undefined where what is in a folder was asked for. */
  base: string | undefined;
  /** Owners are kept, as numbers. */
  keepOwners: boolean;
}

/** The tar is not what was asked for, or not whole. */
class BadArchive extends BeltError {
  override readonly name = 'BadArchive';
}

/** One entry cannot be made here. */
class NotMade extends Error {}

export class Incoming {
  readonly #copy: Copy;
  readonly #options: IncomingOptions;
  /** Folders that are there, and no links. */
  readonly #folders = new Set<string>();
  /** Those that were made, with what they are to be in the end. */
  readonly #made: { path: string; header: Header }[] = [];

  constructor(copy: Copy, options: IncomingOptions) {
    this.#copy = copy;
    this.#options = options;
    this.#folders.add(options.placement.folder);
  }

  /** Unpacks all of it. @throws BeltError; what reading the tar throws */
  async unpack(tar: AsyncIterable<Buffer>): Promise<void> {
    const reader = extract();
    const feeding = feed(tar, reader).catch((error) => reader.destroy(error));
    let entries = 0;
    try {
      for await (const entry of reader as unknown as AsyncIterable<Entry>) {
        await this.#take(entry);
        entries++;
      }
    } catch (error) {
      throw readable(error);
    } finally {
      reader.destroy(null);
    }
    await feeding;
    if (entries === 0) throw new BadArchive('what its engine sent is empty');
    // The innermost first: what is done in a folder changes its time.
    for (const { path, header } of this.#made.toReversed()) await this.#finish(path, header);
  }

  async #take(entry: Entry): Promise<void> {
    const { header } = entry;
    const names = this.#below(header.name);
    const why = names.map(whyRefused).find((found) => found !== undefined) ?? whyNot(header);
    const { placement } = this.#options;
    const all = [...(placement.name === undefined ? [] : [placement.name]), ...names];
    try {
      if (why !== undefined) this.#copy.problems.push(`${header.name}: ${why}`);
      else if (all.length > 0) await this.#write(entry, all);
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      const words = error instanceof NotMade ? error.message : wordsOf(error as NodeJS.ErrnoException);
      if (error instanceof NotMade || NAME_ERRORS.includes(code ?? ''))
        this.#copy.problems.push(`${header.name}: ${words}`);
      else if (error instanceof BeltError || syscall === undefined) throw error;
      else throw new BeltError(`${join(placement.folder, ...all)}: ${words} here`);
    }
    entry.resume();
  }

  /** Its names below what was asked for. @throws BadArchive where it is something else */
  #below(name: string): string[] {
    const { base } = this.#options;
    const names = name.split('/').filter((each) => each !== '' && each !== '.');
    if (base === undefined) return names;
    if (names[0] === base) return names.slice(1);
    throw new BadArchive(`its engine sent ${JSON.stringify(name)}, which was not asked for`);
  }

  async #write(entry: Entry, names: readonly string[]): Promise<void> {
    const { header } = entry;
    const { folder } = this.#options.placement;
    for (let n = 1; n < names.length; n++) await this.#folder(join(folder, ...names.slice(0, n)));
    const path = join(folder, ...names);
    if (header.type === 'directory') {
      if (await this.#folder(path)) this.#made.push({ path, header });
      return;
    }
    if ((await lstat(path).catch(() => undefined))?.isDirectory())
      throw new BeltError(`${path}: a folder has this name here`);
    const temporary = join(dirname(path), temporaryName(basename(path), [randomBytes(8).toString('hex')]));
    try {
      await this.#make(entry, temporary);
      await rename(temporary, path);
      // Renaming one name of a file to another of the same file does nothing.
      if (header.type === 'link') await rm(temporary, { force: true });
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    if (header.type === 'file' || header.type === 'contiguous-file' || header.type === 'link') this.#copy.files++;
  }

  async #make(entry: Entry, temporary: string): Promise<void> {
    const { header } = entry;
    if (header.type === 'symlink') {
      if (!header.linkname) throw new NotMade('a link without a target');
      await symlink(header.linkname, temporary);
      if (this.#options.keepOwners) await lchown(temporary, header.uid, header.gid);
    } else if (header.type === 'link') await link(await this.#linked(header), temporary);
    else await this.#content(entry, temporary);
  }

  /** The file that a hard link is, too: one that was copied with it. */
  async #linked({ linkname }: Header): Promise<string> {
    if (!linkname) throw new NotMade('a link without a target');
    const { folder, name: top } = this.#options.placement;
    const names = [...(top === undefined ? [] : [top]), ...this.#below(linkname)];
    const parents = names.slice(1).map((_, n) => join(folder, ...names.slice(0, n + 1)));
    const path = join(folder, ...names);
    const isInside =
      names.every((each) => whyRefused(each) === undefined) && parents.every((parent) => this.#folders.has(parent));
    if (isInside && (await lstat(path).catch(() => undefined))?.isFile()) return path;
    throw new NotMade('a hard link to what was not copied');
  }

  async #content(entry: Entry, temporary: string): Promise<void> {
    const { header } = entry;
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
    const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      let position = 0;
      for await (const piece of entry) {
        if (!isHole(piece)) await writeAll(file, piece, position);
        position += piece.length;
        this.#copy.bytes += piece.length;
      }
      if (position !== header.size) throw new BadArchive(`${header.name}: it was cut off`);
      await file.truncate(position);
      if (this.#options.keepOwners) await file.chown(header.uid, header.gid);
      await file.chmod(this.#mode(header));
      await file.utimes(timeOf(header), timeOf(header));
    } finally {
      await file.close();
    }
  }

  /** The set-user-id and set-group-id bits would be this user's here. */
  #mode({ mode }: Header): number {
    return mode & (this.#options.keepOwners ? 0o7777 : 0o777);
  }

  /** Whether it was not there yet. One that was there keeps its mode. @throws BeltError where it is no folder, or a link to one */
  async #folder(path: string): Promise<boolean> {
    if (this.#folders.has(path)) return false;
    let isNew = true;
    try {
      await mkdir(path, { mode: 0o700 });
    } catch (error) {
      const there = await lstat(path).catch(() => undefined);
      if (!there) throw error;
      if (!there.isDirectory())
        throw new BeltError(`${path}: a ${there.isSymbolicLink() ? 'link' : 'file'} has this name here`);
      isNew = false;
    }
    this.#folders.add(path);
    return isNew;
  }

  async #finish(path: string, header: Header): Promise<void> {
    if (this.#options.keepOwners) await lchown(path, header.uid, header.gid);
    await utimes(path, timeOf(header), timeOf(header));
    await chmod(path, this.#mode(header));
  }
}

/** Why this kind of file is not made here; undefined for one that is. */
function whyNot({ type, linkname }: Header): string | undefined {
  if (type === 'character-device' || type === 'block-device') return 'it is a device';
  if (type === 'fifo') return 'it is a pipe';
  if (type === 'symlink')
    return /\p{Cc}/u.test(linkname) ? 'the name that it leads to has control characters' : undefined;
  return ['file', 'contiguous-file', 'directory', 'link'].includes(type) ? undefined : 'its kind is not known';
}

const timeOf = ({ mtime }: Header): Date => (Number.isNaN(mtime.getTime()) ? new Date(0) : mtime);

const isHole = (piece: Buffer): boolean =>
  piece.length >= HOLE && piece.length <= ZEROS.length && piece.equals(ZEROS.subarray(0, piece.length));

async function writeAll(file: FileHandle, piece: Buffer, position: number): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await file.write(piece, at, piece.length - at, position + at);
    at += bytesWritten;
  }
}

/** A tar reader, as far as it is fed. */
interface Reader {
  write(piece: Buffer): boolean;
  end(nothing: undefined): unknown;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
  destroyed: boolean;
}

/** An archive that just stops has lost its end, and perhaps more. */
async function feed(tar: AsyncIterable<Buffer>, reader: Reader): Promise<void> {
  let zeros = 0;
  for await (const piece of tar) {
    if (reader.destroyed) return;
    zeros = zerosAtEnd(piece, zeros);
    if (!reader.write(piece)) await drained(reader);
  }
  if (zeros < END_ZEROS) throw new BadArchive('what its engine sent has no end: not all of it may have been copied');
  reader.end(undefined);
}

function zerosAtEnd(piece: Buffer, before: number): number {
  let at = piece.length;
  while (at > 0 && piece.length - at < END_ZEROS && piece[at - 1] === 0) at--;
  return at === 0 ? before + piece.length : piece.length - at;
}

function drained(reader: Reader): Promise<void> {
  return new Promise((done) => {
    const settled = () => {
      reader.off('drain', settled);
      reader.off('close', settled);
      done();
    };
    reader.once('drain', settled);
    reader.once('close', settled);
  });
}

/** The library's words for what is no tar. */
function readable(error: unknown): unknown {
  const isOwn =
    error instanceof Error && /^(Invalid (tar )?header|Unexpected end of data|Header exceeds)/.test(error.message);
  return isOwn ? new BadArchive('what its engine sent is not a tar archive, or a damaged one') : error;
}
