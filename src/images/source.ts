// Where the images that are pushed come from: the engine of this machine, an archive, or an OCI layout in a folder.
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Context } from '../context.ts';
import { BeltError, messageOf, UsageError } from '../errors.ts';
import { readImages, type SourceImage } from './archive.ts';
import { type Content, folderContent, tarContent } from './content.ts';
import { savedBy } from './local-engine.ts';
import { type ImageName, readName } from './reference.ts';
import { Spool } from './spool.ts';
import { BadArchive } from './tar.ts';

/** An image that has a name. */
export type NamedImage = SourceImage & { name: ImageName };

export interface OpenSource {
  images: NamedImage[];
  close(): void;
}

interface Opened {
  content: Content;
  close(): void;
}

/**
 * Opens it and finds the images: those that are named, else all that are in it. Close it afterwards.
 * @param file an archive or a folder, `-` for stdin; without it the engine of this machine is asked
 * @throws UsageError for names that it does not have; BadArchive
 */
export async function openSource(
  context: Context,
  words: readonly string[],
  file: string | undefined,
): Promise<OpenSource> {
  const names = words.map(readName);
  if (file === undefined && names.length === 0) {
    throw new UsageError('belt push needs an image, or an archive', {
      hint: 'such as: belt push app:1.2, or belt push -f app.tar',
    });
  }
  const { content, close } = await opened(context, names, file);
  try {
    return { images: chosen(await readImages(content), names, file), close };
  } catch (error) {
    close();
    if (error instanceof BadArchive && file !== undefined) {
      throw new BadArchive(`${file === '-' ? 'stdin' : file}: ${error.message}`, { hint: error.hint });
    }
    throw error;
  }
}

/** The image that the engine of this machine has as `word`, a name or an id; here it is called `name`. Close it afterwards. @throws BeltError */
export async function openLocal(context: Context, word: string, name: ImageName): Promise<OpenSource> {
  context.out.note(`reading ${word} from the Docker engine of this machine`);
  const { content, close } = await spooled(context, await savedBy(context, [word]));
  try {
    const [image] = await readImages(content);
    return { images: image ? [{ ...image, name }] : [], close };
  } catch (error) {
    close();
    throw error;
  }
}

async function opened(context: Context, names: readonly ImageName[], file: string | undefined): Promise<Opened> {
  if (file === undefined) {
    context.out.note(`reading ${names.map(({ shown }) => shown).join(', ')} from the Docker engine of this machine`);
    return spooled(context, await savedBy(context, [...new Set(names.map(({ shown }) => shown))]));
  }
  if (file === '-') {
    if (context.stdinIsTerminal) {
      throw new UsageError('-f - reads an archive from stdin, which is a terminal', {
        hint: 'such as: docker save app:1 | belt push -f -',
      });
    }
    return spooled(context, context.stdin as unknown as Readable);
  }
  return openFile(context, resolve(context.cwd, file), file);
}

async function openFile(context: Context, path: string, shown: string): Promise<Opened> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new UsageError(`${shown}: cannot be read: ${messageOf(error)}`);
  }
  const stats = fstatSync(fd);
  const close = () => closeSync(fd);
  if (stats.isDirectory()) {
    close();
    return { content: folderContent(path), close: () => {} };
  }
  try {
    if (!stats.isFile() || isGzip(headOf(fd))) return await spooled(context, createReadStream(path, { fd }));
    return { content: tarContent(fd), close };
  } catch (error) {
    close();
    if (error instanceof BadArchive) throw new BadArchive(`${shown}: ${error.message}`);
    throw error;
  }
}

const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

function headOf(fd: number): Buffer {
  const head = Buffer.alloc(2);
  readSync(fd, head, 0, 2, 0);
  return head;
}

/** Read once, onto this disk: what names its layers stands at its end. */
async function spooled({ signal }: Pick<Context, 'signal'>, stream: Readable): Promise<Opened> {
  const spool = new Spool();
  try {
    const store = async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) spool.add(piece);
    };
    const { head, all } = await peeked(stream);
    const from = Readable.from(all, { objectMode: false });
    if (isGzip(head)) await pipeline(from, createGunzip(), store, { signal });
    else await pipeline(from, store, { signal });
    return { content: tarContent(spool.fd), close: () => spool.close() };
  } catch (error) {
    spool.close();
    signal.throwIfAborted();
    if (error instanceof BeltError) throw error;
    throw new BadArchive(`it cannot be read: ${messageOf(error)}`);
  }
}

/** Its first two bytes, if there are so many, and all of it. */
async function peeked(stream: Readable): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const pieces: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let isOver = false;
  while (head.length < 2 && !isOver) {
    const { value, done } = await pieces.next();
    isOver = done === true;
    if (!isOver) head = Buffer.concat([head, value as Buffer]);
  }
  async function* all() {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => pieces };
  }
  return { head, all: all() };
}

/** @throws UsageError */
function chosen(images: readonly SourceImage[], names: readonly ImageName[], file: string | undefined): NamedImage[] {
  if (images.length === 0) throw new BadArchive('there is no image in it');
  const [only] = images;
  // What has no name gets the one that was typed.
  if (images.length === 1 && names.length === 1 && (only!.name === undefined || file === undefined)) {
    return [{ ...only!, name: names[0]! }];
  }
  const named = images.filter((image): image is NamedImage => image.name !== undefined);
  if (names.length === 0 && named.length > 0) return named;
  const has = named.map(({ name }) => name.shown).join(', ') || 'no named image';
  if (names.length === 0) {
    throw new UsageError('the image has no name', { hint: 'give it one: belt push NAME:TAG -f …' });
  }
  return names.map((name) => {
    const image = named.find((one) => one.name.full === name.full);
    if (image) return image;
    throw new UsageError(
      `${file === undefined ? 'the engine gave no' : `${file} has no`} ${name.shown}: it has ${has}`,
    );
  });
}
