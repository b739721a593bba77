// The files of an image archive: in a tar on this disk, or in a folder.
import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { BadArchive, BLOCK, paxRecords, readHeader } from './tar.ts';

/** Files by their paths in the archive. */
export interface Content {
  /** In bytes; undefined where there is no such file. */
  sizeOf(path: string): number | undefined;
  /** A small file. @throws BadArchive where there is none, or it is larger than 4 MiB */
  read(path: string): Buffer;
  /** Its first four bytes, or as many as there are. */
  head(path: string): Buffer;
  /** The whole of a file. */
  stream(path: string): Readable;
}

const MOST_SMALL = 4 * 1024 * 1024;
/** An image has some hundred files at most. */
const MOST_ENTRIES = 100_000;
const MOST_LINKS = 8;
const HEAD = 4;
const PIECE = 256 * 1024;

interface Entry {
  offset: number;
  size: number;
  /** The path that a link leads to. */
  link?: string;
}

/** What is in a tar, an open file. Only its headers are read. @throws BadArchive */
export function tarContent(fd: number): Content {
  const entries = indexOf(fd);
  const find = (path: string): Entry | undefined => {
    let entry = entries.get(path);
    for (let links = 0; entry?.link !== undefined; links++)
      entry = links < MOST_LINKS ? entries.get(entry.link) : undefined;
    return entry;
  };
  const there = (path: string): Entry => {
    const entry = find(path);
    if (entry) return entry;
    throw new BadArchive(`it has no ${path}`);
  };
  return {
    sizeOf: (path) => find(path)?.size,
    read: (path) => readAt(fd, there(path).offset, small(path, there(path).size)),
    head: (path) => readAt(fd, there(path).offset, Math.min(HEAD, there(path).size)),
    stream: (path) => {
      const { offset: start, size } = there(path);
      if (size === 0) return Readable.from([]);
      return createReadStream('', { fd, autoClose: false, start, end: start + size - 1, highWaterMark: PIECE });
    },
  };
}

/** What is in a folder. */
export function folderContent(folder: string): Content {
  const sizeOf = (path: string) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    return found?.isFile() ? found.size : undefined;
  };
  const read = (path: string, most: (size: number) => number) => {
    const size = sizeOf(path);
    if (size === undefined) throw new BadArchive(`it has no ${path}`);
    const fd = openSync(join(folder, path), 'r');
    try {
      return readAt(fd, 0, most(size));
    } finally {
      closeSync(fd);
    }
  };
  return {
    sizeOf,
    read: (path) => read(path, (size) => small(path, size)),
    head: (path) => read(path, (size) => Math.min(HEAD, size)),
    stream: (path) => createReadStream(join(folder, path), { highWaterMark: PIECE }),
  };
}

function small(path: string, size: number): number {
  if (size > MOST_SMALL) throw new BadArchive(`${path} is larger than ${MOST_SMALL >> 20} MiB`);
  return size;
}

function readAt(fd: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const count = readSync(fd, bytes, at, size - at, offset + at);
    if (count === 0) throw new BadArchive('it is cut off');
    at += count;
  }
  return bytes;
}

/** Where each file begins. */
function indexOf(fd: number): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const { size: end } = fstatSync(fd);
  let said = new Map<string, string>();
  for (let at = 0; at < end; ) {
    const header = readHeader(readAt(fd, at, BLOCK));
    if (!header) break;
    const size = said.has('size') && header.type !== 'x' ? Number(said.get('size')) : header.size;
    const offset = at + BLOCK;
    if (!Number.isSafeInteger(size) || size < 0 || offset + size > end) throw new BadArchive('it is cut off');
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    const extra = () => readAt(fd, offset, small('a header', size));
    if (header.type === 'x') said = new Map([...said, ...paxRecords(extra())]);
    else if (header.type === 'L') said.set('path', extra().toString('utf8').replace(/\0.*$/s, ''));
    else if (header.type === 'K') said.set('linkpath', extra().toString('utf8').replace(/\0.*$/s, ''));
    else {
      add(entries, said.get('path') ?? header.name, header.type, {
        offset,
        size,
        link: said.get('linkpath') ?? header.link,
      });
      said = new Map();
    }
  }
  return entries;
}

function add(entries: Map<string, Entry>, name: string, type: string, { offset, size, link }: Required<Entry>): void {
  const path = plain(name);
  // A second file of one name could be another than the one that was looked at.
  if (entries.has(path)) {
    if (type === '5') return;
    throw new BadArchive(`it has ${path} twice`);
  }
  if (entries.size >= MOST_ENTRIES) throw new BadArchive(`it has more than ${MOST_ENTRIES} files`);
  if (type === '0') entries.set(path, { offset, size });
  if (type === '1') entries.set(path, { offset, size: 0, link: plain(link) });
  if (type === '2') entries.set(path, { offset, size: 0, link: plain(`${path.replace(/[^/]*$/, '')}${link}`) });
}

/** Without `.`, `..` and doubled slashes: it is only ever compared, never opened. */
function plain(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
